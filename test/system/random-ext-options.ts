import type { Draw } from './random-draw.js';

/**
 * Every feature that `mke2fs -O` of e2fsprogs 1.47 takes (its ok_features), but for journal_dev, which makes no file
 * system. How often each is on, where nothing forces it.
 */
export const features = {
  has_journal: 0.7,
  ext_attr: 0.9,
  resize_inode: 0.3,
  dir_index: 0.7,
  filetype: 0.8,
  extent: 0.7,
  '64bit': 0.5,
  flex_bg: 0.5,
  meta_bg: 0.3,
  sparse_super: 0.7,
  sparse_super2: 0.2,
  large_file: 0.5,
  huge_file: 0.5,
  dir_nlink: 0.5,
  extra_isize: 0.6,
  uninit_bg: 0.3,
  metadata_csum: 0.6,
  metadata_csum_seed: 0.3,
  large_dir: 0.3,
  inline_data: 0.3,
  orphan_file: 0.3,
  fast_commit: 0.2,
} as const;

/** Those under which direct access doesn't write. Most file systems have none of them, or nothing would be edited. */
export const unwritable = [
  'bigalloc',
  'quota',
  'project',
  'mmp',
  'casefold',
  'encrypt',
  'verity',
  'ea_inode',
  'stable_inodes',
] as const;

export interface ExtOptions {
  readonly bytes: number;
  /** Of mke2fs. */
  readonly args: readonly string[];
  readonly inodeBytes: number;
  readonly blockBytes: number;
}

/** A file system of 3 to 40 MiB, as odd as mke2fs can make it. It may refuse what is drawn. */
export function drawExtOptions(draw: Draw): ExtOptions {
  const blockBytes = draw.of([1024, 2048, 4096]);
  const inodeBytes = draw.of([128, 256, 256, 512]);
  const chosen = drawFeatures(draw);
  const mebibytes = draw.integer(3, 40);
  // Now and then the last group, or the last block, isn't a whole one.
  const bytes = mebibytes * 1024 * 1024 + (draw.chance(0.5) ? draw.integer(0, 400) * 1024 : 0);
  const args = [
    ...['-b', String(blockBytes), '-I', String(inodeBytes)],
    ...['-O', ['none', ...chosen].join(',')],
    ...['-m', String(draw.of([0, 1, 5, 30]))],
    ...groups(draw, blockBytes, chosen),
    ...inodes(draw, mebibytes),
    ...(chosen.includes('has_journal') && draw.chance(0.5) ? ['-J', 'size=1'] : []),
    ...extended(draw, chosen),
    ...(draw.chance(0.5) ? ['-L', draw.of(['root', 'my root', 'Block size:', 'caf\u00e9'])] : []),
  ];
  return { bytes, args, inodeBytes, blockBytes };
}

function drawFeatures(draw: Draw): string[] {
  const safe = Object.entries(features).flatMap(([name, often]) => (draw.chance(often) ? [name] : []));
  const unsafe = draw.chance(0.25) ? draw.some(unwritable, 0.2) : [];
  const chosen = new Set([...safe, ...unsafe]);
  // Mostly, what mke2fs would refuse is made whole; the rest is left for it to refuse.
  if (draw.chance(0.05)) return [...chosen];
  const needs = { '64bit': 'extent', bigalloc: 'extent', metadata_csum_seed: 'metadata_csum' };
  for (const [name, needed] of Object.entries(needs)) if (chosen.has(name)) chosen.add(needed);
  for (const name of ['orphan_file', 'fast_commit']) if (chosen.has(name)) chosen.add('has_journal');
  if (chosen.has('resize_inode')) {
    chosen.add('sparse_super');
    for (const name of ['meta_bg', 'sparse_super2']) chosen.delete(name);
  }
  return [...chosen];
}

/** Sizes of groups and of clusters; blocks of a group are counted in eights. */
function groups(draw: Draw, blockBytes: number, chosen: readonly string[]): string[] {
  if (chosen.includes('bigalloc')) return ['-C', String(blockBytes * 2 ** draw.integer(1, 6))];
  const own = draw.chance(0.5) ? ['-g', String(8 * draw.integer(32, blockBytes))] : [];
  const together =
    chosen.includes('flex_bg') && draw.chance(0.5) ? ['-G', String(2 ** draw.integer(1, 6))] : [];
  return [...own, ...together];
}

/** Few inodes, many, or as many as mke2fs finds right. */
function inodes(draw: Draw, mebibytes: number): string[] {
  const way = draw.of(['few', 'many', 'usual', 'usual'] as const);
  if (way === 'few') return ['-N', String(draw.integer(30, 400))];
  return way === 'many' ? ['-N', String(mebibytes * 512)] : [];
}

function extended(draw: Draw, chosen: readonly string[]): string[] {
  const words = [
    ...(draw.chance(0.5) ? [`lazy_itable_init=${draw.integer(0, 1)}`] : []),
    ...(chosen.includes('sparse_super2') ? [`num_backup_sb=${draw.integer(0, 2)}`] : []),
    ...(chosen.includes('flex_bg') && draw.chance(0.3) ? ['packed_meta_blocks=1'] : []),
    ...(draw.chance(0.2) ? ['stride=16,stripe_width=64'] : []),
  ];
  return words.length === 0 ? [] : ['-E', words.join(',')];
}
