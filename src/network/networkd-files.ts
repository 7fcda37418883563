import { namesIn, nodeAt, textAt } from '../guest-files/guest-tree.js';
import { type IniLine, parseIni } from '../guest-files/ini.js';
import type { GuestTree } from '../model.js';
import { addWords } from './word-lists.js';

/** One text that a .network or .netdev file is made of: the file itself, or a drop-in. */
export interface NetworkdText {
  readonly path: string;
  readonly text: string;
}

/** A file of systemd-networkd with its drop-ins, which are read after it as if they stood at its end. */
export interface NetworkdFile {
  /** `10-lan.network`: what decides about the order. */
  readonly name: string;
  readonly texts: readonly NetworkdText[];
  /** [Match]: words by key. `!` stands before every word of an inverted list; an empty value forgets what was before. */
  readonly match: ReadonlyMap<string, readonly string[]>;
}

/** Where an administrator's files are; they win over those of the same name elsewhere (systemd.network(5)). */
export const networkdFolder = '/etc/systemd/network';
const folders = [
  networkdFolder,
  '/usr/local/lib/systemd/network',
  '/usr/lib/systemd/network',
  '/lib/systemd/network',
];

/** The files with this ending (`.network`) in the order in which networkd tries them; masked ones are left out. */
export function networkdFiles(tree: GuestTree, ending: '.network' | '.netdev'): NetworkdFile[] {
  const names = folders.flatMap((folder) => namesIn(tree, folder)).filter((name) => name.endsWith(ending));
  return [...new Set(names)].sort().flatMap((name) => {
    const main = firstPath(tree, name);
    const text = main === undefined ? undefined : textAt(tree, main);
    if (main === undefined || text === undefined || text === '') return [];
    return [networkdFile(name, [{ path: main, text }, ...dropIns(tree, `${name}.d`)])];
  });
}

/** One file from its texts. */
export const networkdFile = (name: string, texts: readonly NetworkdText[]): NetworkdFile => ({
  name,
  texts,
  match: matchOf(texts),
});

/** The assignments of a section in all texts, in their order. */
export const entriesIn = ({ texts }: NetworkdFile, section: string): IniLine[] =>
  texts
    .flatMap(({ text }) => parseIni(text, 'systemd'))
    .filter((line) => line.kind === 'entry' && line.section === section);

/** The value that counts where the last assignment wins; empty when there is none. */
export const lastValue = (file: NetworkdFile, section: string, key: string): string =>
  entriesIn(file, section).findLast((line) => line.key === key)?.value ?? '';

/** The words of a list: lines add up, an empty one forgets what was before. */
export function listValue(file: NetworkdFile, section: string, key: string): string[] {
  const lines = entriesIn(file, section).filter((each) => each.key === key);
  const empty = lines.findLastIndex(({ value }) => value === '');
  return lines.slice(empty + 1).flatMap(({ value }) => wordsOf(value));
}

/** Quotes around a word are dropped; a word with blanks in it is no interface's name. */
export const wordsOf = (value: string): string[] =>
  (value.match(/[^ \t]+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));

function matchOf(texts: readonly NetworkdText[]): Map<string, string[]> {
  const match = new Map<string, string[]>();
  for (const { key, value } of texts.flatMap(({ text }) => matchEntries(text))) {
    const inverted = value.startsWith('!');
    const words = wordsOf(inverted ? value.slice(1) : value).map((word) => (inverted ? `!${word}` : word));
    addWords(match, key, value, words);
  }
  return match;
}

const matchEntries = (text: string): IniLine[] =>
  parseIni(text, 'systemd').filter(({ kind, section }) => kind === 'entry' && section === 'Match');

/** The path of the file that counts among those of one name; undefined when it is masked by a link to /dev/null. */
function firstPath(tree: GuestTree, name: string): string | undefined {
  const folder = folders.find((each) => tree.has(`${each}/${name}`) || nodeAt(tree, `${each}/${name}`));
  return folder === undefined ? undefined : `${folder}/${name}`;
}

function dropIns(tree: GuestTree, directory: string): NetworkdText[] {
  const names = folders.flatMap((folder) => namesIn(tree, `${folder}/${directory}`));
  return [...new Set(names.filter((name) => name.endsWith('.conf')))].sort().flatMap((name) => {
    const path = firstPath(tree, `${directory}/${name}`);
    const text = path === undefined ? undefined : textAt(tree, path);
    return path === undefined || text === undefined ? [] : [{ path, text }];
  });
}
