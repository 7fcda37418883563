import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import fastGlob from 'fast-glob';
import type { Entry, EntryOptions, Mistake, OptionKinds } from './entry.js';
import { type Entries, readListFile } from './list-file.js';

/**
 * The images that the arguments of a batch mean, in their order: list files (`.yaml`, `.yml`), patterns, and names. What
 * a pattern matches is sorted as people count: web2 before web10.
 */
export async function findImages(
  args: readonly string[],
  kinds: OptionKinds,
  flags: EntryOptions,
): Promise<Entries> {
  const found: Entries[] = [];
  for (const argument of args) found.push(await imagesOf(argument, kinds, flags));
  return {
    entries: found.flatMap(({ entries }) => entries),
    mistakes: found.flatMap(({ mistakes }) => mistakes),
  };
}

async function imagesOf(argument: string, kinds: OptionKinds, flags: EntryOptions): Promise<Entries> {
  if (/\.ya?ml$/i.test(argument)) return readListFile(argument, kinds, flags);
  const isName = !/[*?[{]/.test(argument) || (await stat(argument).catch(() => undefined)) !== undefined;
  const disks = isName ? [argument] : await matching(argument);
  if (!Array.isArray(disks)) return { entries: [], mistakes: [disks] };
  const mistakes = disks.length === 0 ? [nothingMatches(argument)] : [];
  return { entries: disks.map((disk) => entryOf(disk, argument, flags)), mistakes };
}

/** Devices count, too. */
async function matching(pattern: string): Promise<string[] | Mistake> {
  const options = { onlyFiles: false, objectMode: true, stats: true, unique: true } as const;
  const found = await fastGlob(pattern, options).catch((error: unknown) => notReadable(pattern, error));
  if (!Array.isArray(found)) return found;
  const disks = found.flatMap(({ path, stats }) => (stats?.isDirectory() ? [] : [path]));
  return disks.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

const entryOf = (disk: string, argument: string, options: EntryOptions): Entry => ({
  disk: resolve(disk),
  options,
  tags: [],
  labels: {},
  places: { '': argument === disk ? disk : `${argument} (${disk})` },
});

const nothingMatches = (pattern: string): Mistake => ({
  place: pattern,
  message: 'no image matches',
  remedy: 'look with ls; a pattern is put into quotes so that it comes here as it is',
});

/** Rather than to leave out what is in a folder that can't be read. */
const notReadable = (pattern: string, error: unknown): Mistake => ({
  place: pattern,
  message: `what it matches can't be told: ${error instanceof Error ? error.message : error}`,
  remedy: 'may you read the folders? Run as root, or name the images',
});
