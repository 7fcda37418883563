import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { ExecaError } from 'execa';
import { type Described, describeTree, makeExt, program, withMounted } from './ext-images.js';
import type { Draw } from './random-draw.js';
import { drawExtOptions, type ExtOptions } from './random-ext-options.js';
import { plantTree } from './random-ext-tree.js';

/** A file system that was made by chance, with no part of it made by this project's program. */
export interface RandomExt extends ExtOptions {
  readonly image: string;
  /** As tune2fs calls them. */
  readonly features: readonly string[];
  readonly freeBlocks: number;
  readonly freeInodes: number;
  /** What this machine's kernel sees in it; empty where it can't mount it. */
  readonly before: ReadonlyMap<string, Described>;
}

/** Draws until mke2fs takes what is drawn. */
export async function makeRandomExt(draw: Draw, image: string): Promise<RandomExt> {
  for (;;) {
    const options = drawExtOptions(draw);
    if (!(await isMade(draw, image, options))) continue;
    // e2fsck waits for ten seconds whether another machine uses one with mmp, and nobody writes to those anyway.
    if (!options.args.some((words) => words.includes('mmp'))) await live(draw, image);
    const before = (await isMountable(image, 'ro'))
      ? await withMounted(image, 'ro', describeTree)
      : new Map();
    return { ...options, image, ...(await superblockOf(image)), before };
  }
}

/** What becomes of file systems: e2fsck gives directories their index, where they may have one, and files come and go. */
async function live(draw: Draw, image: string): Promise<void> {
  // At least it counts in the quota files what mke2fs has copied.
  const check = await program({ reject: false })`e2fsck ${draw.chance(0.5) ? '-fyD' : '-fy'} ${image}`;
  if (check.exitCode !== 0 && check.exitCode !== 1) throw new Error(check.stdout);
  if (draw.chance(0.3) && (await isMountable(image, 'rw')))
    await withMounted(image, 'rw', (top) => age(draw, top));
}

/** False when mke2fs says no: to the features together, or because the tree doesn't fit. */
async function isMade(draw: Draw, image: string, options: ExtOptions): Promise<boolean> {
  const tree = `${image}.tree`;
  await plantTree(draw, tree, options);
  try {
    await makeExt(image, [...options.args, '-d', tree], options.bytes);
    return true;
  } catch (error) {
    if (error instanceof ExecaError && error.exitCode === 1) return false;
    throw error;
  } finally {
    rmSync(tree, { recursive: true });
    rmSync(`${tree}.attributes`, { force: true });
  }
}

/** Whether this machine's kernel knows all of its features; not every kernel has casefold and verity. */
async function isMountable(image: string, mode: 'ro' | 'rw'): Promise<boolean> {
  const script = 'mount -t ext4 -o "$0" "$1" /mnt && umount /mnt';
  const { exitCode } = await program({
    reject: false,
  })`unshare --mount sh -c ${script} ${`loop,${mode}`} ${image}`;
  return exitCode === 0;
}

/** Files come and go, so that what is free lies in pieces. */
async function age(draw: Draw, top: string): Promise<void> {
  const room = draw.integer(10, 150);
  try {
    for (let number = 0; number < room; number += 1)
      writeFileSync(`${top}/aged-${number}`, 'a'.repeat(draw.integer(0, 20_000)));
  } catch (error) {
    if (!String(error).includes('ENOSPC') && !String(error).includes('EDQUOT')) throw error;
  }
  await program`sync -f ${top}`;
  for (const name of readdirSync(top))
    if (name.startsWith('aged-') && draw.chance(0.6)) rmSync(`${top}/${name}`);
}

async function superblockOf(image: string) {
  const { stdout } = await program`dumpe2fs -h ${image}`;
  const value = (key: string): string => new RegExp(`^${key}: +(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return {
    features: value('Filesystem features').split(/\s+/),
    freeBlocks: Number(value('Free blocks')),
    freeInodes: Number(value('Free inodes')),
  };
}
