/** The two languages that XAPI speaks: JSON-RPC 2.0, and XML-RPC, which is all that hosts before XenServer 7.3 do. */
import { DOMParser, type Element } from '@xmldom/xmldom';
import type { Field } from './xapi-database.js';

/** A call as it came over the wire, with the session. */
export interface WireCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly Field[];
}

export type WireAnswer =
  | { readonly kind: 'value'; readonly value: Field }
  | { readonly kind: 'failure'; readonly description: readonly string[] };

/** Reads a JSON-RPC request. */
export function jsonCall(body: string): WireCall {
  const { id, method, params }: { id: unknown; method: string; params: Field[] } = JSON.parse(body);
  return { id, method, params };
}

/** As xapi's api_server.ml answers. */
export function jsonAnswer({ id }: WireCall, answer: WireAnswer): string {
  if (answer.kind === 'value') return JSON.stringify({ jsonrpc: '2.0', result: answer.value, id });
  const [message, ...data] = answer.description;
  return JSON.stringify({ jsonrpc: '2.0', error: { code: 1, message, data }, id });
}

/** Reads an XML-RPC request. */
export function xmlCall(body: string): WireCall {
  const document = new DOMParser().parseFromString(body, 'text/xml');
  const [name] = [...document.getElementsByTagName('methodName')];
  const [params] = [...document.getElementsByTagName('params')];
  const values = elementsIn(params).map((param) => valueIn(elementsIn(param)[0]));
  return { id: undefined, method: name?.textContent ?? '', params: values };
}

const elementsIn = (element: Element | undefined): Element[] =>
  [...(element?.childNodes ?? [])].filter((node): node is Element => node.nodeType === 1);

function valueIn(value: Element | undefined): Field {
  const [typed] = elementsIn(value);
  if (typed === undefined) return value?.textContent ?? '';
  if (typed.tagName === 'boolean') return typed.textContent === '1';
  if (typed.tagName === 'array') return elementsIn(elementsIn(typed)[0]).map(valueIn);
  if (typed.tagName !== 'struct') return typed.textContent ?? '';
  const members = elementsIn(typed).map((member) => {
    const [name, content] = elementsIn(member);
    return [name?.textContent ?? '', valueIn(content)] as const;
  });
  return Object.fromEntries(members);
}

/** As xapi answers: a struct with the status; system.listMethods alone gives its list bare. */
export function xmlAnswer({ method }: WireCall, answer: WireAnswer): string {
  const content: Field =
    answer.kind === 'failure'
      ? { Status: 'Failure', ErrorDescription: answer.description }
      : { Status: 'Success', Value: answer.value };
  const value = method === 'system.listMethods' && answer.kind === 'value' ? answer.value : content;
  return `<?xml version="1.0"?><methodResponse><params><param>${xmlOf(value)}</param></params></methodResponse>`;
}

function xmlOf(value: Field): string {
  if (typeof value === 'string') return `<value>${escapeXml(value)}</value>`;
  if (typeof value === 'boolean') return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if (isList(value)) return `<value><array><data>${value.map(xmlOf).join('')}</data></array></value>`;
  const members = Object.entries(value).map(
    ([name, one]) => `<member><name>${escapeXml(name)}</name>${xmlOf(one)}</member>`,
  );
  return `<value><struct>${members.join('')}</struct></value>`;
}

const isList = (value: Field): value is readonly Field[] => Array.isArray(value);

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
