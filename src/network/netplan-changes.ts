import { isGlob } from './glob.js';
import type { NetplanDefinition, NetplanFile, NetplanView } from './netplan.js';
import { dataAt, isList, isTable, type YamlData } from './netplan-data.js';
import type { YamlChange } from './netplan-yaml-change.js';

/** Changes to one file. */
export interface FileChanges {
  readonly path: string;
  readonly changes: readonly YamlChange[];
}

/** An IPv4 configuration: dotted quads and a prefix length. */
export interface StaticAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  /** `gateway4`, which netplan knows always and warns of since 0.103, or a default route in `routes`. */
  readonly gatewayForm: 'gateway4' | 'routes';
}

/**
 * Makes a definition that asks a DHCP server static, in the file whose `dhcp4` counts. Options of the DHCP client go;
 * IPv6, routes, search domains and all else stay. Addresses that it has beside DHCP stay too.
 */
export function staticChanges(
  view: NetplanView,
  definition: NetplanDefinition,
  wanted: StaticAddress,
): FileChanges[] {
  const base = ['network', definition.section, definition.id];
  const having = (key: string) => view.files.filter(({ data }) => dataAt(data, [...base, key]) !== undefined);
  const home = having('dhcp4').at(-1);
  if (home === undefined) return [];
  const own = definitionIn(home, base);
  const switched: YamlChange = { kind: 'set', path: [...base, 'dhcp4'], value: noFor(own('dhcp4')) };
  const path = { home: home.path, base };
  return [
    { path: home.path, changes: [switched] },
    ...addressChanges(definition, wanted, own, path),
    ...clientOptions.flatMap((key) =>
      having(key).map((file) => ({
        path: file.path,
        changes: [{ kind: 'remove', path: [...base, key] } as const],
      })),
    ),
  ];
}

/** What only the DHCPv4 client reads, by netplan(5). */
const clientOptions = ['dhcp4-overrides', 'dhcp-identifier'];

/** What a definition's file says under a key, without what other files add. */
type Own = (...keys: readonly string[]) => YamlData | undefined;

const definitionIn =
  ({ data }: NetplanFile, base: readonly string[]): Own =>
  (...keys) =>
    dataAt(data, [...base, ...keys]);

/** The same word for no as the one for yes that stands there. */
function noFor(yes: YamlData | undefined): string {
  const word = typeof yes === 'string' ? yes : '';
  const no = { true: 'false', yes: 'no', on: 'off', y: 'n' }[word.toLowerCase()] ?? 'false';
  if (word.length > 1 && word === word.toUpperCase()) return no.toUpperCase();
  return /^[A-Z]/.test(word) ? no.charAt(0).toUpperCase() + no.slice(1) : no;
}

interface Place {
  readonly home: string;
  readonly base: readonly string[];
}

function addressChanges(
  { addresses, gateways, nameservers }: NetplanDefinition,
  { address, prefix, gateway, dns, gatewayForm }: StaticAddress,
  own: Own,
  { home, base }: Place,
): FileChanges[] {
  const changes: YamlChange[] = [];
  const written = `${address}/${prefix}`;
  if (!addresses.includes(written))
    changes.push(addition([...base, 'addresses'], own('addresses'), written, 'dhcp4'));
  if (gateway !== undefined && !gateways.includes(gateway)) {
    const route = new Map([
      ['to', 'default'],
      ['via', gateway],
    ]);
    const asKey: YamlChange = {
      kind: 'set',
      path: [...base, 'gateway4'],
      value: gateway,
      after: 'addresses',
    };
    const asRoute = addition([...base, 'routes'], own('routes'), route, 'addresses');
    changes.push(gatewayForm === 'gateway4' ? asKey : asRoute);
  }
  if (dns.length > 0 && dns.join(' ') !== nameservers.join(' '))
    changes.push(...dnsChanges(own, base, dns, gatewayForm));
  return [{ path: home, changes }];
}

/** One item more in a list that may not be there yet. */
const addition = (
  path: readonly string[],
  present: YamlData | undefined,
  item: YamlData,
  after: string,
): YamlChange =>
  isList(present) && present.length > 0
    ? { kind: 'append', path, value: item }
    : { kind: 'set', path, value: [item], after };

function dnsChanges(own: Own, base: readonly string[], dns: readonly string[], after: string): YamlChange[] {
  const path = [...base, 'nameservers'];
  if (isTable(own('nameservers'))) return [{ kind: 'set', path: [...path, 'addresses'], value: dns }];
  return [{ kind: 'set', path, value: new Map([['addresses', dns]]), after }];
}

/** What a match asks of a card gets another value, wherever it is written. */
export function matchChanges(
  view: NetplanView,
  { section, id }: NetplanDefinition,
  key: 'name' | 'driver',
  value: string,
): FileChanges[] {
  const path = ['network', section, id, 'match', key];
  return view.files
    .filter(({ data }) => dataAt(data, path) !== undefined)
    .map((file) => ({ path: file.path, changes: [{ kind: 'set', path, value } as const] }));
}

/** A card gets another name: in ids, in matches, and where bridges, bonds and VLANs say what they are made of. */
export const renamingChanges = (view: NetplanView, from: string, to: string): FileChanges[] =>
  view.files
    .map(({ path, data }) => ({
      path,
      changes: [...namedInMatches(data, from, to), ...referencesTo(view, data, from, to)],
    }))
    .filter(({ changes }) => changes.length > 0);

function namedInMatches(data: YamlData, from: string, to: string): YamlChange[] {
  const path = ['network', 'ethernets'];
  return entriesOf(dataAt(data, path)).flatMap(([id]) =>
    dataAt(data, [...path, id, 'match', 'name']) === from && !isGlob(from)
      ? [{ kind: 'set', path: [...path, id, 'match', 'name'], value: to } as const]
      : [],
  );
}

/** References are ids; a definition with a match keeps its id. */
function referencesTo(view: NetplanView, data: YamlData, from: string, to: string): YamlChange[] {
  const isId = view.definitions.some(
    (each) => each.section === 'ethernets' && each.id === from && each.match === undefined,
  );
  if (!isId) return [];
  const inside = entriesOf(dataAt(data, ['network'])).flatMap(([section, entries]) =>
    entriesOf(entries).flatMap(([id]) => referencesIn(data, ['network', section, id], from, to)),
  );
  const path = ['network', 'ethernets', from];
  return dataAt(data, path) === undefined ? inside : [...inside, { kind: 'rename', path, to }];
}

function referencesIn(data: YamlData, base: readonly string[], from: string, to: string): YamlChange[] {
  const at = (...keys: string[]) => ({ path: [...base, ...keys], present: dataAt(data, [...base, ...keys]) });
  const lists = [at('interfaces')].filter(({ present }) => isList(present) && present.includes(from));
  const words = [at('link'), at('parameters', 'primary')].filter(({ present }) => present === from);
  const keys = [at('parameters', 'path-cost', from), at('parameters', 'port-priority', from)];
  return [
    ...lists.map(({ path }) => ({ kind: 'replace-items', path, from, to }) as const),
    ...words.map(({ path }) => ({ kind: 'set', path, value: to }) as const),
    ...keys
      .filter(({ present }) => present !== undefined)
      .map(({ path }) => ({ kind: 'rename', path, to }) as const),
  ];
}

const entriesOf = (data: YamlData | undefined): [string, YamlData][] => (isTable(data) ? [...data] : []);
