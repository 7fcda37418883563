import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Entry, EntryOptions, Mistake, OptionKinds } from './entry.js';
import { readValues, type Values } from './list-values.js';
import { readListText } from './list-yaml.js';

export interface Entries {
  readonly entries: readonly Entry[];
  readonly mistakes: readonly Mistake[];
}

/**
 * Reads a list file: `defaults:` and `images:`. `flags`, the options that were given on the command line, beat the
 * defaults, and what an image says itself beats both. Relative paths are relative to the list.
 */
export async function readListFile(path: string, kinds: OptionKinds, flags: EntryOptions): Promise<Entries> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => error);
  if (typeof text !== 'string') {
    const message = `the list can't be read: ${text instanceof Error ? text.message : text}`;
    return { entries: [], mistakes: [{ place: path, message, remedy: 'name a list that is there' }] };
  }
  return entriesOf(path, text, kinds, flags);
}

/** The same of a text that is there already. */
export function entriesOf(path: string, text: string, kinds: OptionKinds, flags: EntryOptions): Entries {
  const folder = dirname(resolve(path));
  const list = readListText(path, text);
  const defaults = readValues(list.defaults, kinds, folder);
  const misplaced = defaults.disk === undefined ? [] : [diskInDefaults(defaults)];
  const images = list.images.map(({ place, pairs }) => ({ place, values: readValues(pairs, kinds, folder) }));
  const read = images.map((image) => entryOf(image, defaults, flags));
  const none = list.mistakes.length === 0 && images.length === 0 ? [noImages(path)] : [];
  return {
    entries: read.flatMap(({ entry }) => entry ?? []),
    mistakes: [
      ...list.mistakes,
      ...defaults.mistakes,
      ...misplaced,
      ...read.flatMap(({ mistakes }) => mistakes),
      ...none,
    ],
  };
}

function entryOf(
  { place, values }: { place: string; values: Values },
  defaults: Values,
  flags: EntryOptions,
): { readonly entry?: Entry; readonly mistakes: readonly Mistake[] } {
  const { disk, options, tags, labels, mistakes } = values;
  if (disk === undefined) {
    const isSaid = 'disk' in values.places;
    const missing = { place, message: 'this image has no disk', remedy: 'write disk: PATH' };
    return { mistakes: isSaid ? mistakes : [missing, ...mistakes] };
  }
  const entry = {
    disk,
    options: { ...defaults.options, ...flags, ...options },
    tags: [...defaults.tags, ...tags],
    labels: { ...defaults.labels, ...labels },
    places: { ...placesOf(defaults, flags), ...values.places, '': place },
  };
  return { entry, mistakes };
}

/** A flag that stands for a default has no place in the file. */
const placesOf = ({ places }: Values, flags: EntryOptions): Record<string, string> =>
  Object.fromEntries(Object.entries(places).filter(([key]) => !(key in flags)));

const diskInDefaults = ({ places }: Values): Mistake => ({
  place: places.disk ?? '',
  message: 'a disk belongs to one image',
  remedy: 'write it below "images:"',
});

const noImages = (path: string): Mistake => ({
  place: path,
  message: 'the list names no image',
  remedy: 'write one "- disk: PATH" below "images:" for each',
});
