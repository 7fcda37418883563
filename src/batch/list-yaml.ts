import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Mistake } from './entry.js';

/** A key with its value, and where both stand. */
export interface ListPair {
  readonly key: string;
  readonly value: unknown;
  readonly keyPlace: string;
  readonly valuePlace: string;
}

/** A list file as it is written; nothing in it has been understood yet. */
export interface ListText {
  readonly defaults: readonly ListPair[];
  readonly images: readonly { readonly place: string; readonly pairs: readonly ListPair[] }[];
  readonly mistakes: readonly Mistake[];
}

interface Reader {
  readonly document: Document;
  readonly placeOf: (node: unknown) => string;
  readonly note: (node: unknown, message: string, remedy: string) => void;
}

const form = 'write "defaults:" with options, and "images:" with one "- disk: PATH" for each image';

/** Reads the YAML of a list file, `name` in messages. Every mistake of its form is told with its line and column. */
export function readListText(name: string, text: string): ListText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const mistakes: Mistake[] = document.errors.map(({ pos, message }) => ({
    place: at(pos[0]),
    message: `this is not valid YAML: ${message}`,
    remedy: 'mend it, or put texts with special characters into quotes',
  }));
  const empty = { defaults: [], images: [], mistakes };
  if (mistakes.length > 0) return empty;
  const placeOf = (node: unknown) => at((node as Node | null)?.range?.[0] ?? 0);
  const note = (node: unknown, message: string, remedy: string) =>
    void mistakes.push({ place: placeOf(node), message, remedy });
  const reader = { document, placeOf, note };
  const top = document.contents;
  if (!isMap(top)) note(top, 'a list of images has the keys "defaults" and "images"', form);
  else return { ...readTop(top, reader), mistakes };
  return empty;
}

function readTop(top: YAMLMap, reader: Reader): Pick<ListText, 'defaults' | 'images'> {
  for (const { key } of top.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (name !== 'defaults' && name !== 'images') reader.note(key, `"${name}" is no part of a list`, form);
  }
  const defaults = resolved(top.get('defaults', true), reader);
  const images = resolved(top.get('images', true), reader);
  if (!isSeq(images)) reader.note(images ?? top, 'the list has no "images"', form);
  const isEmpty = defaults === undefined || (isScalar(defaults) && defaults.value === null);
  if (!isEmpty && !isMap(defaults)) reader.note(defaults, '"defaults" are no options', form);
  return {
    defaults: isMap(defaults) ? pairsOf(defaults, reader) : [],
    images: isSeq(images) ? images.items.flatMap((item) => imageOf(item, reader)) : [],
  };
}

/** An image is a map, or a path alone. */
function imageOf(item: unknown, reader: Reader): ListText['images'][number][] {
  const node = resolved(item, reader);
  const place = reader.placeOf(item);
  if (isMap(node)) return [{ place, pairs: pairsOf(node, reader) }];
  if (isScalar(node) && typeof node.value === 'string')
    return [{ place, pairs: [{ key: 'disk', value: node.value, keyPlace: place, valuePlace: place }] }];
  reader.note(item, 'this is no image', form);
  return [];
}

const pairsOf = (map: YAMLMap, reader: Reader): ListPair[] =>
  map.items.map(({ key, value }) => ({
    key: isScalar(key) ? String(key.value) : '',
    value: plain(resolved(value, reader), reader),
    keyPlace: reader.placeOf(key),
    valuePlace: reader.placeOf(value ?? key),
  }));

const resolved = (node: unknown, { document }: Reader): unknown =>
  isAlias(node) ? node.resolve(document) : node;

/** A node's value without YAML around it. Times and numbers stay what they are, to be refused where a text is needed. */
function plain(node: unknown, { document }: Reader): unknown {
  if (isScalar(node)) return node.value;
  return isMap(node) || isSeq(node) ? node.toJS(document, { maxAliasCount: 100 }) : node;
}
