import type { XmlElement } from './libvirt-xml.js';

/** Changes to an XML text that leave everything else as it is, byte for byte. They must not overlap. */
export interface XmlEdits {
  /** Takes an element away, and its line if nothing else is on it. */
  readonly remove: (element: XmlElement) => void;
  /** Takes these children away; if nothing but blanks is left then, the element becomes `<name/>`. */
  readonly removeChildren: (element: XmlElement, children: readonly XmlElement[]) => void;
  readonly setAttribute: (element: XmlElement, name: string, value: string) => void;
  readonly removeAttribute: (element: XmlElement, name: string) => void;
  readonly setText: (element: XmlElement, text: string) => void;
  /** Puts elements, written by `xmlElement`, on lines of their own before or behind another. */
  readonly insert: (texts: readonly string[], where: 'before' | 'behind', element: XmlElement) => void;
  /** Puts a text in the place of an element that isn't changed otherwise. */
  readonly replace: (element: XmlElement, by: string) => void;
  readonly print: () => string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Begins to change a text. Values and texts are one character per byte of UTF-8. */
export function editXml(source: string): XmlEdits {
  const edits: Edit[] = [];
  const cut = (start: number, end: number, text = '') => void edits.push({ start, end, text });
  const remove = ({ span }: XmlElement) => cut(...lineOf(source, span.start, span.end));
  return {
    remove,
    removeChildren: (element, children) => {
      const { contentStart, end } = element.span;
      if (children.length > 0 && isBlankWithout(source, element, children)) cut(contentStart - 1, end, '/>');
      else children.forEach(remove);
    },
    setAttribute: (element, name, value) => {
      const found = element.attributes.find((one) => one.name === name);
      const last = element.attributes.at(-1);
      const at = last === undefined ? element.span.nameEnd : last.valueEnd + 1;
      if (found === undefined) cut(at, at, ` ${name}='${escapeXml(value)}'`);
      else if (found.value !== value) cut(found.valueStart, found.valueEnd, escapeXml(value));
    },
    removeAttribute: (element, name) => {
      const found = element.attributes.find((one) => one.name === name);
      if (found === undefined) return;
      const before = source.slice(element.span.nameEnd, found.start);
      cut(found.start - (before.length - before.trimEnd().length), found.valueEnd + 1);
    },
    setText: ({ span }, text) => cut(span.contentStart, span.contentEnd, escapeXml(text)),
    insert: (texts, where, { span }) => {
      const gap = gapBefore(source, span.start);
      const all = texts.map((text) => (where === 'before' ? text + gap : gap + text)).join('');
      const at = where === 'before' ? span.start : span.end;
      cut(at, at, all);
    },
    replace: ({ span }, by) => cut(span.start, span.end, by),
    print: () => printRange(source, edits, 0, source.length),
  };
}

function printRange(source: string, edits: readonly Edit[], start: number, end: number): string {
  const inside = edits.filter((edit) => edit.start >= start && edit.end <= end);
  let text = '';
  let at = start;
  for (const edit of inside.sort((one, other) => one.start - other.start || one.end - other.end)) {
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, end);
}

/** An element with the line that it has for itself; else the element alone. */
function lineOf(source: string, start: number, end: number): [number, number] {
  const lineStart = blanksBefore(source, start);
  let lineEnd = end;
  while (isBlank(source[lineEnd])) lineEnd += 1;
  if (source[lineEnd] === '\r') lineEnd += 1;
  const isAlone = (lineStart === 0 || source[lineStart - 1] === '\n') && source[lineEnd] === '\n';
  return isAlone ? [lineStart, lineEnd + 1] : [start, end];
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

function blanksBefore(source: string, at: number): number {
  let start = at;
  while (isBlank(source[start - 1])) start -= 1;
  return start;
}

function isBlankWithout(source: string, element: XmlElement, children: readonly XmlElement[]): boolean {
  const { contentStart, contentEnd } = element.span;
  const edits = children.map(({ span }) => ({ start: span.start, end: span.end, text: '' }));
  return printRange(source, edits, contentStart, contentEnd).trim() === '';
}

/** The line break and the blanks that stand before an element; nothing where it isn't the first of its line. */
function gapBefore(source: string, at: number): string {
  const start = blanksBefore(source, at);
  if (source[start - 1] !== '\n') return '';
  return source.slice(source[start - 2] === '\r' ? start - 2 : start - 1, at);
}

/** An element of text, for `insert`. */
export const xmlElement = (name: string, text: string): string => `<${name}>${escapeXml(text)}</${name}>`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Bytes of UTF-8 as ASCII, so that they are right in every encoding and between both kinds of quotes. */
const escapeXml = (bytes: string): string =>
  [...Buffer.from(bytes, 'latin1').toString('utf8')]
    .map((one) => escapes[one] ?? (/[\x20-\x7e]/.test(one) ? one : `&#x${one.codePointAt(0)?.toString(16)};`))
    .join('');
