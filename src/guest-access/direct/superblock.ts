/** What a superblock says that matters here. */
export interface Superblock {
  /** As tune2fs calls them: `metadata_csum`, `needs_recovery`, … */
  readonly features: ReadonlySet<string>;
  /** Unmounted properly, and nothing left in the journal or the orphan file. */
  readonly clean: boolean;
  readonly blockBytes: number;
  readonly blocks: number;
  /** Those reserved for root among them. */
  readonly freeBlocks: number;
  readonly freeInodes: number;
}

/** Reads what `show_super_stats -h` printed; undefined when it isn't that, or when a line is there twice (a hostile label). */
export function parseSuperblock(text: string): Superblock | undefined {
  const value = (key: string): string | undefined => {
    const found = text.split('\n').filter((line) => line.startsWith(`${key}:`));
    return found.length === 1 ? found[0]?.slice(key.length + 1).trim() : undefined;
  };
  const list = value('Filesystem features');
  const state = value('Filesystem state');
  const blockBytes = Number(value('Block size'));
  const blocks = Number(value('Block count'));
  const [freeBlocks, freeInodes] = [Number(value('Free blocks')), Number(value('Free inodes'))];
  if (list === undefined || state === undefined || !(blockBytes >= 1024) || !(blocks > 0)) return undefined;
  const features = new Set(list.split(/\s+/).filter((name) => name !== '' && name !== '(none)'));
  const clean = state === 'clean' && !features.has('needs_recovery') && !features.has('orphan_present');
  return { features, clean, blockBytes, blocks, freeBlocks, freeInodes };
}
