import { hasControlCharacter, hasGoodReferences } from './xml-characters.js';

/** Where an attribute stands in the text, its quotes left out. */
export interface AttributeSpan {
  readonly name: string;
  readonly start: number;
  /** Where its value starts and ends. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Where an element stands in the text. */
export interface ElementSpan {
  readonly name: string;
  readonly attributes: readonly AttributeSpan[];
  readonly start: number;
  /** Behind the name in the start tag. */
  readonly nameEnd: number;
  /** Behind the start tag, before the end tag, behind that: all the same for `<name/>`. */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly end: number;
}

export type XmlScan =
  | { readonly kind: 'elements'; readonly elements: readonly ElementSpan[] }
  /** `at` is where the text stops being XML as this program takes it. */
  | { readonly kind: 'stuck'; readonly at: number; readonly reason: string };

/** libvirt nests some six levels; what metadata adds is small. */
const maxDepth = 100;

/** Real definitions have some hundred. */
const maxElements = 20_000;

const name = String.raw`[A-Za-z_:\x80-\xff][\w.:\x80-\xff-]*`;
const gap = String.raw`[ \t\r\n]`;
const value = `"[^"<]*"|'[^'<]*'`;
const startTag = new RegExp(`<(${name})((?:${gap}+${name}${gap}*=${gap}*(?:${value}))*)${gap}*(/?)>`, 'y');
const endTag = new RegExp(`</(${name})${gap}*>`, 'y');
const attribute = new RegExp(`(${name})${gap}*=${gap}*(${value})`, 'g');

/** What has no elements in it, by how it starts and ends. */
const opaque = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

/**
 * Finds where the elements of an XML text stand, in the order of their start tags, so that they can be changed without
 * touching anything else. Says nothing about what they mean. Takes no document type, so that no entity can be declared:
 * what XML alone knows stays small however it is nested. Linear in the size of the text.
 */
export function scanXml(text: string): XmlScan {
  if (hasControlCharacter(text)) return stuck(0, 'it has control characters');
  const elements: Open[] = [];
  const open: Open[] = [];
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('<', at) === -1 ? text.length : text.indexOf('<', at);
    if (!hasGoodReferences(text.slice(at, next))) return stuck(at, badReference);
    const end = next === text.length ? next : (opaquePart(text, next) ?? tag(text, next, elements, open));
    if (typeof end !== 'number') return end;
    at = end;
  }
  const [unclosed] = open;
  if (unclosed !== undefined) return stuck(unclosed.start, `<${unclosed.name}> has no end`);
  return { kind: 'elements', elements };
}

type Stuck = Extract<XmlScan, { kind: 'stuck' }>;

type Open = { -readonly [Key in keyof ElementSpan]: ElementSpan[Key] };

const badReference = 'a & begins nothing that XML knows without a document type';

const stuck = (at: number, reason: string): Stuck => ({ kind: 'stuck', at, reason });

/** Where a part without elements ends; undefined where none begins. */
function opaquePart(text: string, at: number): number | Stuck | undefined {
  const form = opaque.find(([start]) => text.startsWith(start, at));
  if (form === undefined) return undefined;
  const [start, end] = form;
  const found = text.indexOf(end, at + start.length);
  return found === -1 ? stuck(at, 'something begins there that has no end') : found + end.length;
}

/** Takes one tag and says where it ends. */
function tag(text: string, at: number, elements: Open[], open: Open[]): number | Stuck {
  if (text.startsWith('<!', at)) {
    return stuck(
      at,
      'it has a document type, which could make it mean anything and which libvirt never writes',
    );
  }
  if (text.startsWith('</', at)) return close(text, at, open);
  startTag.lastIndex = at;
  const match = startTag.exec(text);
  if (match === null) return stuck(at, 'a tag is malformed');
  const [whole, name = '', attributes = '', isEmpty] = match;
  if (!hasGoodReferences(attributes)) return stuck(at, badReference);
  const nameEnd = at + 1 + name.length;
  const end = at + whole.length;
  const element = { name, start: at, nameEnd, contentStart: end, contentEnd: end, end };
  const opened = { ...element, attributes: attributesIn(attributes, nameEnd) };
  elements.push(opened);
  if (elements.length > maxElements) return stuck(at, `it has more than ${maxElements} elements`);
  if (isEmpty === '') open.push(opened);
  return open.length > maxDepth ? stuck(at, `its elements are nested more than ${maxDepth} deep`) : end;
}

function close(text: string, at: number, open: Open[]): number | Stuck {
  endTag.lastIndex = at;
  const match = endTag.exec(text);
  const element = open.pop();
  if (match === null || element === undefined || element.name !== match[1]) {
    return stuck(at, `an end tag doesn't fit${element === undefined ? '' : `: <${element.name}> is open`}`);
  }
  element.contentEnd = at;
  element.end = at + match[0].length;
  return element.end;
}

const attributesIn = (text: string, offset: number): AttributeSpan[] =>
  [...text.matchAll(attribute)].map((match) => {
    const [whole, name = '', quoted = ''] = match;
    const start = offset + match.index;
    const valueEnd = start + whole.length - 1;
    return { name, start, valueStart: valueEnd - quoted.length + 2, valueEnd };
  });
