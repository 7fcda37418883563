import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import { type ElementSpan, scanXml } from './xml-scan.js';

/** An attribute: what it means, as bytes, and where its value stands. */
export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** An element: what it means, and where it stands in the text. */
export interface XmlElement {
  /** Without a namespace as libvirt's own have it; else `{namespace}name`. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Text and CDATA right in it, one character per byte of UTF-8, in which libvirt has it. */
  readonly text: string;
  readonly span: ElementSpan;
}

export interface XmlDocument {
  /** One character per byte of the file. */
  readonly source: string;
  readonly domain: XmlElement;
}

export type XmlReading =
  | { readonly kind: 'parsed'; readonly document: XmlDocument }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly remedy: string };

/** Real definitions have 2 to 20 kB. */
export const maxXmlBytes = 2 ** 20;

const validate = 'Mend it until "virt-xml-validate FILE domain" accepts the file.';

/**
 * Reads libvirt's description of a domain from the bytes of a file (formatdomain.html). Two readers have to agree:
 * xmldom says what the text means, and a scanner where each element stands, because a text that xmldom prints has lost
 * its quotes, line ends and blanks. Total: what isn't well-formed, has a document type or is oddly encoded is unreadable.
 */
export function parseDomain(source: string): XmlReading {
  if (source.length > maxXmlBytes) return unreadable('it is too large for the description of a domain');
  const decoded = decode(source);
  if (decoded.kind === 'unreadable') return decoded;
  const scan = scanXml(source);
  if (scan.kind === 'stuck') return unreadable(`line ${lineAt(source, scan.at)}: ${scan.reason}`);
  const root = parseStrictly(decoded.text);
  if ('kind' in root) return root;
  const spans = scan.elements[Symbol.iterator]();
  const domain = join(root, () => spans.next().value);
  if (domain === undefined || spans.next().done !== true) return unreadable('its elements are unclear');
  return domain.name === 'domain'
    ? { kind: 'parsed', document: { source, domain } }
    : unreadable(`it describes no domain but a <${root.tagName}>`, 'Name the definition of a domain.');
}

const unreadable = (reason: string, remedy = validate) => ({ kind: 'unreadable', reason, remedy }) as const;

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Latin-1 is what Windows calls so: its further characters are control characters in XML. */
const charsets: Readonly<Record<string, 'utf-8' | 'latin1'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
};

function decode(
  source: string,
): { readonly kind: 'text'; readonly text: string } | ReturnType<typeof unreadable> {
  const bytes = Buffer.from(source, 'latin1');
  const isWide = /^(?:\xff\xfe|\xfe\xff|\0|.\0)/s.test(source);
  const [, declared] = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(source) ?? [];
  const charset = isWide ? undefined : charsets[(declared ?? 'utf-8').toLowerCase()];
  if (charset === undefined) {
    const name = isWide ? 'UTF-16' : declared;
    return unreadable(`it is encoded as ${name}`, 'Turn it into UTF-8, with iconv and in its first line.');
  }
  if (charset === 'latin1') return { kind: 'text', text: source };
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return unreadable('it is not valid UTF-8', 'Name its encoding in the first line, or turn it into UTF-8.');
  }
}

/** xmldom goes on after warnings and errors; here they end the matter, as they do for libvirt. */
function parseStrictly(text: string): Element | ReturnType<typeof unreadable> {
  const complaints: string[] = [];
  const onError = (level: string, message: string) => void complaints.push(`${level}: ${message}`);
  try {
    const root = new DOMParser({ onError, locator: false }).parseFromString(text, 'text/xml').documentElement;
    if (root !== null && complaints.length === 0) return root;
  } catch (error) {
    complaints.unshift(error instanceof Error ? error.message : String(error));
  }
  const [complaint = 'it has no element'] = complaints;
  return unreadable(`it is not well-formed XML (${complaint.split('\n')[0]?.slice(0, 120)})`);
}

/** Joins meaning and place, element by element; undefined where the two readers disagree. */
function join(element: Element, nextSpan: () => ElementSpan | undefined): XmlElement | undefined {
  const span = nextSpan();
  if (span === undefined || asBytes(element.tagName) !== asRead(span.name, element.tagName)) return undefined;
  const attributes = joinAttributes(element, span);
  const children: XmlElement[] = [];
  let text = '';
  for (const node of element.childNodes) {
    if (isText(node)) text += node.nodeValue ?? '';
    if (node.nodeType !== 1) continue;
    const child = join(node as Element, nextSpan);
    if (child === undefined) return undefined;
    children.push(child);
  }
  if (attributes === undefined) return undefined;
  return { name: nameOf(element), attributes, children, text: asBytes(text), span };
}

function joinAttributes(element: Element, span: ElementSpan): XmlAttribute[] | undefined {
  const found = [...element.attributes];
  if (found.length !== span.attributes.length) return undefined;
  return span.attributes.map((one, index) => {
    const { start, valueStart, valueEnd } = one;
    const { name = '', value = '' } = found[index] ?? {};
    return { name: asBytes(name), value: asBytes(value), start, valueStart, valueEnd };
  });
}

/** A name that isn't ASCII is compared by the reader that knows the encoding alone. */
const asRead = (name: string, meant: string): string =>
  /^[\x21-\x7e]+$/.test(meant) ? name : asBytes(meant);

const nameOf = (element: Element): string =>
  element.namespaceURI === null ? element.tagName : `{${element.namespaceURI}}${element.localName}`;

const isText = (node: Node): boolean => node.nodeType === 3 || node.nodeType === 4;

const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

/** The children of an element with this name. */
export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** The first child with this name. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

/** The value of an attribute; undefined where there is none. */
export const attributeOf = (element: XmlElement | undefined, name: string): string | undefined =>
  element?.attributes.find((one) => one.name === name)?.value;
