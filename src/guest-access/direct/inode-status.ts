/** What debugfs' `stat` says of an inode beyond its directory entry. */
export interface InodeStatus {
  /** EXT4_*_FL bits. */
  readonly flags: number;
  readonly links: number;
  /** Whether extended attributes lie in a block of their own. */
  readonly hasAttributeBlock: boolean;
  /** Names of extended attributes: `user.x`, `system.posix_acl_access`. */
  readonly attributes: readonly string[];
}

/** Bits of `InodeStatus.flags` (e2fsprogs lib/ext2fs/ext2_fs.h). */
export const inodeFlag = {
  immutable: 0x10,
  appendOnly: 0x20,
  extents: 0x80000,
  inlineData: 0x10000000,
} as const;

/** Reads what `stat <inode>` printed (debugfs/debugfs.c, internal_dump_inode); undefined when it is something else. */
export function parseStatus(text: string, inode: number): InodeStatus | undefined {
  const [, number, flags] = /^Inode: (\d+) +Type: .* Flags: 0x([0-9a-f]+)\n/.exec(text) ?? [];
  const [, acl, links] = /\nFile ACL: (\d+)[^\n]*\nLinks: (\d+) /.exec(text) ?? [];
  if (Number(number) !== inode || flags === undefined || links === undefined) return undefined;
  return {
    flags: Number.parseInt(flags, 16),
    links: Number(links),
    hasAttributeBlock: acl !== '0',
    attributes: [...attributeLines(text)],
  };
}

/** The lines after the title are indented; values are escaped or in hexadecimal, so they have no line breaks. */
function* attributeLines(text: string): Generator<string> {
  const title = '\nExtended attributes:\n';
  const start = text.indexOf(title);
  if (start < 0) return;
  for (const line of text.slice(start + title.length).split('\n')) {
    const name = /^ {2}(\S+) \(\d+\)/.exec(line)?.[1];
    if (name === undefined) return;
    yield name;
  }
}

/**
 * The target of a symbolic link that lies in its inode, from what `stat` printed. It is the last line, and may hold any
 * byte, so it is found by its length.
 */
export function parseFastLink(text: string, bytes: number): string | undefined {
  const before = 'Fast link dest: "';
  const start = text.length - bytes - 2;
  if (
    bytes === 0 ||
    start < before.length ||
    text.slice(start - before.length, start) !== before ||
    !text.endsWith('"\n')
  )
    return undefined;
  return text.slice(start, -2);
}
