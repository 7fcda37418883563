import { decodeXlString } from './xl-strings.js';
import { tokenizeXl, type XlToken } from './xl-tokens.js';
import { type Trouble, troubleAt } from './xl-trouble.js';

/** A string or a number: `text` is what it means, `token` says where it is written. */
export interface XlAtom {
  readonly kind: 'atom';
  readonly text: string;
  readonly token: number;
}

/** A list: `open` and `close` are its brackets' tokens. */
export interface XlList {
  readonly kind: 'list';
  readonly items: readonly XlValue[];
  readonly open: number;
  readonly close: number;
}

export type XlValue = XlAtom | XlList;

/** One `name = value` or `name += value`; `first` and `last` are the tokens that it starts and ends with. */
export interface XlSetting {
  readonly name: string;
  readonly operator: '=' | '+=';
  readonly value: XlValue;
  readonly first: number;
  readonly last: number;
}

/** A whole file: its tokens hold every byte, its settings say what they mean. */
export interface XlDocument {
  readonly tokens: readonly XlToken[];
  readonly settings: readonly XlSetting[];
}

export type XlParse = { readonly kind: 'parsed'; readonly document: XlDocument } | Trouble;

/** A file above this size isn't a configuration file. */
export const maxXlBytes = 1 << 20;

/** As deep as anybody would nest lists; xl's own parser has a limit as well. */
const maxDepth = 50;

/**
 * Parses a file exactly as libxlu does (Xen 4.17): what xl refuses is answered with the reason, a line and a remedy.
 * Old `xm` files that are Python programs are among these. Total: never throws.
 */
export function parseXl(text: string): XlParse {
  if (text.length > maxXlBytes) {
    return { kind: 'unreadable', line: 1, reason: 'it is larger than 1 MiB', remedy: 'Name the right file.' };
  }
  const tokens = tokenizeXl(text);
  const settings = settingsIn(tokens);
  return 'expected' in settings
    ? troubleAt(tokens, settings.token, settings.expected)
    : { kind: 'parsed', document: { tokens, settings } };
}

/** The file's text: what was parsed, byte for byte. */
export function printXl(document: XlDocument): string {
  return document.tokens.map((token) => token.text).join('');
}

/** The settings of a name that count: xl takes the last `=` and every `+=` behind it. */
export function settingsOf(document: XlDocument, name: string): XlSetting[] {
  const all = document.settings.filter((setting) => setting.name === name);
  return all.slice(
    Math.max(
      0,
      all.findLastIndex((setting) => setting.operator === '='),
    ),
  );
}

/** What a name means as one string; undefined when it isn't set or is a list. */
export function stringOf(document: XlDocument, name: string): string | undefined {
  const values = settingsOf(document, name).map((setting) => setting.value);
  if (values.length === 0) return undefined;
  const texts = values.map((value) => (value.kind === 'atom' ? value.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** The entries of a name's list, those of every `+=` included; empty when it isn't set or is no list. */
export function itemsOf(document: XlDocument, name: string): XlValue[] {
  return settingsOf(document, name).flatMap(({ value }) => (value.kind === 'list' ? value.items : []));
}

/** A token where something else had to be. */
interface Misplaced {
  readonly kind: 'misplaced';
  readonly token: number;
  readonly expected: string;
}

const misplaced = (cursor: Cursor, expected: string): Misplaced => ({
  kind: 'misplaced',
  token: cursor.index(),
  expected,
});

/** A place among the tokens that the grammar sees, which are all but blanks and comments. */
interface Cursor {
  /** Index of the token here; one behind the last at the end. */
  readonly index: () => number;
  readonly kind: () => XlToken['kind'] | 'end';
  readonly text: () => string;
  /** Goes on by one token and returns the index of the one left behind. */
  readonly pass: () => number;
}

function cursorOver(tokens: readonly XlToken[]): Cursor {
  const indexes = [...tokens.keys()].filter(
    (index) => !/^(?:blank|comment)$/.test(tokens[index]?.kind ?? ''),
  );
  let at = 0;
  const index = (): number => indexes[at] ?? tokens.length;
  return {
    index,
    kind: () => tokens[index()]?.kind ?? 'end',
    text: () => tokens[index()]?.text ?? '',
    pass: () => {
      at += 1;
      return indexes[at - 1] ?? tokens.length;
    },
  };
}

function settingsIn(tokens: readonly XlToken[]): XlSetting[] | Misplaced {
  const cursor = cursorOver(tokens);
  const settings: XlSetting[] = [];
  while (cursor.kind() !== 'end') {
    if (cursor.kind() === 'newline' || cursor.kind() === 'semicolon') {
      cursor.pass();
      continue;
    }
    const setting = settingAt(cursor);
    if ('expected' in setting) return setting;
    settings.push(setting);
    if (!/^(?:newline|semicolon|end)$/.test(cursor.kind())) {
      return misplaced(cursor, 'the end of the line');
    }
  }
  return settings;
}

function settingAt(cursor: Cursor): XlSetting | Misplaced {
  if (cursor.kind() !== 'identifier') return misplaced(cursor, 'a name in lower case');
  const name = cursor.text();
  const first = cursor.pass();
  if (cursor.kind() !== 'assign' && cursor.kind() !== 'add') return misplaced(cursor, '=');
  const operator = cursor.kind() === 'assign' ? '=' : '+=';
  cursor.pass();
  const value = valueAt(cursor, 0);
  if (value.kind === 'misplaced') return value;
  return { name, operator, value, first, last: value.kind === 'atom' ? value.token : value.close };
}

function valueAt(cursor: Cursor, depth: number): XlValue | Misplaced {
  if (cursor.kind() === 'open' && depth < maxDepth) return listAt(cursor, depth);
  if (cursor.kind() !== 'string' && cursor.kind() !== 'number') {
    return misplaced(cursor, 'a number, a quoted string or a list');
  }
  const text = cursor.kind() === 'string' ? decodeXlString(cursor.text()) : cursor.text();
  if (text === undefined) return misplaced(cursor, 'a string without the escape that xl does not know');
  return { kind: 'atom', text, token: cursor.pass() };
}

function listAt(cursor: Cursor, depth: number): XlList | Misplaced {
  const open = cursor.pass();
  const items: XlValue[] = [];
  passNewlines(cursor);
  while (cursor.kind() !== 'close') {
    const item = valueAt(cursor, depth + 1);
    if (item.kind === 'misplaced') return item;
    items.push(item);
    passNewlines(cursor);
    if (cursor.kind() === 'comma') cursor.pass();
    else if (cursor.kind() !== 'close') return misplaced(cursor, 'a comma or ]');
    passNewlines(cursor);
  }
  return { kind: 'list', items, open, close: cursor.pass() };
}

function passNewlines(cursor: Cursor): void {
  while (cursor.kind() === 'newline') cursor.pass();
}
