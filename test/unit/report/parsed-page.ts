/** Pages as a browser's parser sees them. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

export type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

const childrenOf = (node: Node): readonly Node[] => ('childNodes' in node ? node.childNodes : []);

const isElement = (node: Node): node is Element => 'tagName' in node;

/** The page's `html` element. */
export function parsed(page: string): Element {
  const root = childrenOf(parse(page)).find(isElement);
  if (root === undefined) throw new Error('there is no element');
  return root;
}

/** All elements below, in the document's order. */
export function elements(below: Node, accept: (element: Element) => boolean = () => true): Element[] {
  return childrenOf(below).flatMap((child) => {
    const inside = elements(child, accept);
    return isElement(child) && accept(child) ? [child, ...inside] : inside;
  });
}

/** Those with this tag. */
export const tagged = (below: Node, ...tags: readonly string[]): Element[] =>
  elements(below, ({ tagName }) => tags.includes(tagName));

/** Those with this class. */
export const classed = (below: Node, name: string): Element[] =>
  elements(below, (element) => (attribute(element, 'class') ?? '').split(' ').includes(name));

/** The value of an attribute. */
export const attribute = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((one) => one.name === name)?.value;

/** All text, with blanks run together as a browser shows it. */
export const textOf = (node: Node): string => rawText(node).replace(/\s+/g, ' ').trim();

/** All text as it is. */
export const rawText = (node: Node): string =>
  'value' in node ? node.value : childrenOf(node).map(rawText).join('');

/** The section whose heading has this id. */
export function section(page: Element, id: string): Element | undefined {
  return tagged(page, 'section').find((one) => attribute(one, 'aria-labelledby') === id);
}

/** Tags and names of attributes without what is in them. */
export function skeleton(node: Node): unknown {
  if (!isElement(node)) return node.nodeName;
  const children = childrenOf(node).filter(({ nodeName }) => nodeName !== '#text');
  return [node.tagName, node.attrs.map(({ name }) => name), children.map(skeleton)];
}
