import { resolve } from 'node:path';
import type { EntryOptions, Mistake, OptionKind, OptionKinds, OptionValue } from './entry.js';
import type { ListPair } from './list-yaml.js';
import { suggestion } from './suggestion.js';

/** Options and what belongs to an image, read from a list's pairs. */
export interface Values {
  readonly disk?: string;
  readonly options: EntryOptions;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly places: Readonly<Record<string, string>>;
  readonly mistakes: readonly Mistake[];
}

/** Keys that say something about an image to the batch, not to its conversion. */
const own = ['disk', 'host', 'tags', 'labels'] as const;

/**
 * Reads one image's keys, or the defaults'. Paths are taken from `folder`, where the list is. Unknown keys and wrong
 * types are mistakes, all of them.
 */
export function readValues(pairs: readonly ListPair[], kinds: OptionKinds, folder: string): Values {
  const mistakes = pairs.flatMap((pair) => mistakeIn(pair, kinds) ?? []);
  const good = new Map(
    pairs.filter((pair) => mistakeIn(pair, kinds) === undefined).map(({ key, value }) => [key, value]),
  );
  const [disk, host, tags, labels] = own.map((key) => good.get(key));
  const options = [...good].flatMap(([key, value]) =>
    isOwn(key) ? [] : [[key, fromFolder(key, value as OptionValue, folder)]],
  );
  return {
    ...(typeof disk === 'string' ? { disk: resolve(folder, disk) } : {}),
    options: Object.fromEntries(options),
    tags: isTexts(tags) ? tags : [],
    // For a fleet it says where the image is; for all others it is a label.
    labels: { ...(isLabels(labels) ? labels : {}), ...(typeof host === 'string' ? { host } : {}) },
    places: Object.fromEntries(pairs.map(({ key, valuePlace }) => [key, valuePlace])),
    mistakes,
  };
}

function mistakeIn(pair: ListPair, kinds: OptionKinds): Mistake | undefined {
  const { key, value, keyPlace } = pair;
  const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
  if (kind === undefined && !isOwn(key)) return { place: keyPlace, ...unknown(key, Object.keys(kinds)) };
  const isGood = kind === undefined ? fitsOwn(key, value) : fits(kind, value);
  return isGood ? undefined : wrongType(pair, kind);
}

function fitsOwn(key: string, value: unknown): boolean {
  if (key === 'disk' || key === 'host') return typeof value === 'string' && value !== '';
  return key === 'tags' ? isTexts(value) : isLabels(value);
}

/** Options of the program as a whole. */
const ofTheBatch =
  /^(state-dir|json|quiet|verbose|color|config|jobs|canary|stop-after-failures|where|dry-run)$/;

const isOwn = (key: string): boolean => own.some((name) => name === key);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isLabels = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isTexts(Object.values(value));

function fits({ type, array, choices }: OptionKind, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  if (array && isTexts(value)) return true;
  return typeof value === 'string' && (choices === undefined || choices.includes(value));
}

function wrongType({ key, value, valuePlace }: ListPair, kind: OptionKind | undefined): Mistake {
  const shown = typeof value === 'object' ? `this` : `"${value}"`;
  const { message, remedy } = needed(key, value, kind);
  return { place: valuePlace, message: `${key}: ${shown} is ${message}`, remedy };
}

function needed(key: string, value: unknown, kind: OptionKind | undefined) {
  if (key === 'tags') return { message: 'no list of words', remedy: 'write tags: [web, office]' };
  if (key === 'labels') return { message: 'no names with texts', remedy: 'write labels: {rack: b7}' };
  if (kind?.type === 'boolean')
    return { message: 'neither true nor false', remedy: 'write true or false, without quotes' };
  if (kind?.choices !== undefined) {
    const choices = kind.choices.map(String);
    const near = typeof value === 'string' ? suggestion(value, choices) : '';
    return { message: 'none of its values', remedy: near || `write one of ${choices.join(', ')}` };
  }
  const quoted = typeof value === 'object' ? 'write a text' : `write "${value}" in quotes`;
  return { message: 'no text', remedy: kind?.array ? `${quoted}, or a list of them in []` : quoted };
}

function unknown(key: string, known: readonly string[]): Omit<Mistake, 'place'> {
  const name = key.replace(/^--/, '');
  const words = [...known, ...own];
  if (ofTheBatch.test(name)) {
    const message = `"${key}" is no option of an image`;
    return { message, remedy: 'it holds for the whole batch: give it on the command line' };
  }
  const remedy =
    suggestion(name.replace(/^no-/, ''), words) || `known keys: ${[...own, ...known].join(', ')}`;
  return { message: `an image has no key "${key}"`, remedy };
}

/** Values that name a file or folder. */
function fromFolder(key: string, value: OptionValue, folder: string): OptionValue {
  if (typeof value !== 'string') return value;
  if (key === 'cache') return resolve(folder, value);
  if (key === 'packages') return /^(host|guest-network)$/.test(value) ? value : resolve(folder, value);
  return key === 'record' ? recordFrom(value, folder) : value;
}

/** As `--record` takes them: a path behind `xl:`, a file of libvirt's, PGlite's folder before a `#`. */
function recordFrom(record: string, folder: string): string {
  const [, kind, where = ''] = /^(xl|libvirt|invirt):(.+)$/s.exec(record) ?? [];
  const isUrl = kind !== 'xl' && (/^[a-z][a-z0-9+.-]*:/i.test(where) || where.startsWith('{'));
  if (kind === undefined || isUrl) return record;
  const isName = kind === 'libvirt' && !where.includes('/') && !where.endsWith('.xml');
  return isName ? record : `${kind}:${resolve(folder, where)}`;
}
