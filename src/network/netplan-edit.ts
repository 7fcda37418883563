import { dataOf, isList, isTable, sameData, type YamlData } from './netplan-data.js';
import {
  readYaml,
  type YamlList,
  type YamlMap,
  type YamlNode,
  type YamlPair,
  type YamlScalar,
} from './netplan-yaml.js';
import { dataAfter, type YamlChange } from './netplan-yaml-change.js';

/**
 * The text with these changes and otherwise as it was: comments, quotes, order, block or flow style. Undefined when one
 * of them can't be made so that the result says exactly what was meant.
 */
export function editYaml(text: string, changes: readonly YamlChange[]): string | undefined {
  const before = readYaml(text);
  if (before.kind === 'unclear') return undefined;
  let after: string | undefined = text;
  for (const batch of batches(changes)) after = after === undefined ? undefined : changedText(after, batch);
  if (after === undefined) return undefined;
  const wanted = dataAfter(dataOf(before.root), changes);
  const reading = readYaml(after);
  return reading.kind === 'read' && sameData(dataOf(reading.root), wanted) ? after : undefined;
}

/** Changes of words in their places are made together, so that a file is read once for all of them. */
function batches(changes: readonly YamlChange[]): YamlChange[][] {
  const found: YamlChange[][] = [];
  for (const change of changes) {
    const last = found.at(-1);
    const first = last?.[0];
    if (first !== undefined && isInPlace(first) && isInPlace(change)) last?.push(change);
    else found.push([change]);
  }
  return found;
}

const isInPlace = (change: YamlChange): boolean =>
  change.kind === 'rename' ||
  change.kind === 'replace-items' ||
  (change.kind === 'set' && typeof change.value === 'string' && change.after === undefined);

/** A part of the text that becomes another. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly inserted: string;
}

function changedText(text: string, changes: readonly YamlChange[]): string | undefined {
  const reading = readYaml(text);
  if (reading.kind === 'unclear') return undefined;
  const all: Splice[] = [];
  for (const change of changes) {
    const splices = splicesFor(text, reading.root, change);
    if (splices === undefined) return undefined;
    all.push(...splices);
  }
  return spliced(text, all);
}

function spliced(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, inserted } of splices.toSorted((one, other) => one.start - other.start)) {
    parts.push(text.slice(at, start), inserted);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

function splicesFor(text: string, root: YamlNode, change: YamlChange): Splice[] | undefined {
  const map = mapAt(root, change.path.slice(0, -1));
  if (map === undefined || map.isShared) return undefined;
  const pair = pairOf(map, change.path.at(-1) ?? '');
  if (pair !== undefined && change.kind === 'replace-items')
    return newItems(pair.value, change.from, change.to);
  const one = spliceFor(text, map, pair, change);
  return one === undefined ? undefined : [one];
}

function spliceFor(
  text: string,
  map: YamlMap,
  pair: YamlPair | undefined,
  change: YamlChange,
): Splice | undefined {
  if (change.kind === 'set' && pair === undefined) {
    return newPair(text, map, change.path.at(-1) ?? '', change.value, change.after);
  }
  if (pair === undefined || pair.key.isShared || pair.value.isShared) return undefined;
  if (change.kind === 'set') return newValue(text, pair, change.value);
  if (change.kind === 'remove') return noPair(text, map, pair);
  if (change.kind === 'rename') return newScalar(pair.key, change.to);
  if (change.kind === 'append' && pair.value.kind === 'list') return newItem(text, pair.value, change.value);
  return undefined;
}

function mapAt(node: YamlNode, path: readonly string[]): YamlMap | undefined {
  let at: YamlNode | undefined = node;
  for (const key of path) at = at?.kind === 'map' ? pairOf(at, key)?.value : undefined;
  return at?.kind === 'map' ? at : undefined;
}

const pairOf = (map: YamlMap, key: string): YamlPair | undefined =>
  map.pairs.find((pair) => pair.key.value === key);

const splice = (start: number, end: number, inserted: string): Splice => ({ start, end, inserted });

function newScalar({ quote, start, end, isShared }: YamlScalar, value: string): Splice | undefined {
  if (isShared || quote === 'block' || start === end) return undefined;
  const isSimple = /^[^'"\\]*$/.test(value);
  return splice(start, end, quote !== '' && isSimple ? `${quote}${value}${quote}` : written(value));
}

function newValue(text: string, { key, value: old }: YamlPair, value: YamlData): Splice | undefined {
  if (typeof value === 'string' && old.kind === 'scalar') return newScalar(old, value);
  const colon = text.indexOf(':', key.end);
  return colon < 0 ? undefined : splice(colon + 1, endOfContent(text, old.end), ` ${written(value)}`);
}

function newPair(text: string, map: YamlMap, key: string, value: YamlData, after = ''): Splice | undefined {
  const neighbour = pairOf(map, after) ?? map.pairs.at(-1);
  if (neighbour === undefined) return undefined;
  const { end } = neighbour.value;
  const added = `${written(key)}: ${written(value)}`;
  if (map.isFlow) return splice(end, end, `, ${added}`);
  const indent = blanksBefore(text, neighbour.key.start);
  return indent === undefined ? undefined : newLine(text, end, `${indent}${added}`);
}

function noPair(text: string, map: YamlMap, pair: YamlPair): Splice | undefined {
  const at = map.pairs.indexOf(pair);
  const [before, next] = [map.pairs[at - 1], map.pairs[at + 1]];
  const { end } = pair.value;
  if (map.isFlow && before !== undefined) return splice(before.value.end, end, '');
  if (map.isFlow) return next === undefined ? undefined : splice(pair.key.start, next.key.start, '');
  if (map.pairs.length === 1 || blanksBefore(text, pair.key.start) === undefined) return undefined;
  return splice(lineStart(text, pair.key.start), lineEnd(text, endOfContent(text, end)), '');
}

function newItem(text: string, list: YamlList, value: YamlData): Splice | undefined {
  const last = list.items.at(-1);
  if (last === undefined) return undefined;
  if (list.isFlow) return splice(last.end, last.end, `, ${written(value)}`);
  const dash = /^[ ]*-[ ]+$/.exec(text.slice(lineStart(text, last.start), last.start))?.[0];
  return dash === undefined ? undefined : newLine(text, last.end, `${dash}${written(value)}`);
}

function newItems(list: YamlNode, from: string, to: string): Splice[] | undefined {
  if (list.kind !== 'list' || list.isShared) return undefined;
  const items = list.items.filter((item) => item.kind === 'scalar').filter(({ value }) => value === from);
  const found = items.flatMap((item) => newScalar(item, to) ?? []);
  return found.length === items.length ? found : undefined;
}

/** A line behind the one in which something ends. */
function newLine(text: string, end: number, line: string): Splice {
  const at = lineEnd(text, endOfContent(text, end));
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isOpen = at > 0 && text.charAt(at - 1) !== '\n';
  return splice(at, at, isOpen ? `${eol}${line}` : `${line}${eol}`);
}

/** The end of something without the line breaks that the library counts to it. */
function endOfContent(text: string, end: number): number {
  let at = end;
  while (at > 0 && /[ \r\n]/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** Behind the line break of the line around this offset; the text's length in an open last line. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** The indentation of what begins a line; undefined when more than blanks stand before it. */
function blanksBefore(text: string, at: number): string | undefined {
  const blanks = text.slice(lineStart(text, at), at);
  return /^ *$/.test(blanks) ? blanks : undefined;
}

/** On one line, in flow style. */
function written(data: YamlData): string {
  if (isTable(data))
    return `{${[...data].map(([key, value]) => `${written(key)}: ${written(value)}`).join(', ')}}`;
  if (isList(data)) return `[${data.map(written).join(', ')}]`;
  return /^[A-Za-z0-9][A-Za-z0-9_./-]*$/.test(data) ? data : `'${data.replaceAll("'", "''")}'`;
}
