import { namesIn, nodeAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { dataAt, dataOf, isList, isTable, type YamlData, type YamlTable } from './netplan-data.js';
import { readYaml } from './netplan-yaml.js';

/** One of /etc/netplan's files that could be read. */
export interface NetplanFile {
  readonly path: string;
  readonly text: string;
  readonly data: YamlData;
}

/** The kinds of interfaces that a guest's address can be on. */
export type NetplanSection = 'ethernets' | 'bridges' | 'bonds' | 'vlans';

/** An interface as all files together define it. */
export interface NetplanDefinition {
  readonly section: NetplanSection;
  readonly id: string;
  readonly match?: NetplanMatch;
  readonly setName?: string;
  readonly renderer: string;
  readonly dhcp4: boolean;
  /** IPv4 addresses with prefix length, as written. */
  readonly addresses: readonly string[];
  /** What it gives IPv4's default route to. */
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
  /** Ids of what it is made of: the ports of a bridge or bond, the link under a VLAN. */
  readonly parts: readonly string[];
  /** What was merged. */
  readonly table: YamlTable;
}

/** What a `match:` asks of a card; a list holds alternatives. */
export interface NetplanMatch {
  readonly name?: string;
  readonly macaddress?: string;
  readonly drivers?: readonly string[];
}

/** All that netplan reads in /etc/netplan, as one. */
export interface NetplanView {
  /** In the order in which they are merged. */
  readonly files: readonly NetplanFile[];
  /** Files whose meaning isn't certain: sentences that begin with their path. */
  readonly unclear: readonly string[];
  readonly definitions: readonly NetplanDefinition[];
}

/** Keys of `network:` whose entries are interfaces that can be told apart here. Others stay as they are. */
const netplanSections: readonly NetplanSection[] = ['ethernets', 'bridges', 'bonds', 'vlans'];

/**
 * Reads /etc/netplan/*.yaml as netplan merges it: in the order of the file names, key by key, lists add up, and a later
 * scalar beats an earlier one (netplan-generate(8)). /lib and /run, where distributions and running guests put files, are left out.
 */
export function readNetplan(tree: GuestTree): NetplanView {
  const unclear: string[] = [];
  const texts: { path: string; text: string }[] = [];
  for (const name of namesIn(tree, '/etc/netplan').filter((each) => /^[^.].*\.yaml$/.test(each))) {
    const path = `/etc/netplan/${name}`;
    const node = nodeAt(tree, path);
    if (node?.kind === 'file') texts.push({ path, text: node.text });
    else if (node?.kind === 'unread') unclear.push(`${path} has ${node.bytes} bytes`);
  }
  const view = netplanViewOf(texts);
  return { ...view, unclear: [...unclear, ...view.unclear] };
}

/** The same for texts that are not in the guest, or not yet; in the order of their names. */
export function netplanViewOf(
  texts: readonly { readonly path: string; readonly text: string }[],
): NetplanView {
  const files: NetplanFile[] = [];
  const unclear: string[] = [];
  for (const { path, text } of texts) {
    const reading = readYaml(text);
    if (reading.kind === 'read') files.push({ path, text, data: dataOf(reading.root) });
    else unclear.push(`${path} ${reading.why}`);
  }
  const merged = files.reduce<YamlData>((before, { data }) => mergedData(before, data), new Map());
  return { files, unclear, definitions: definitionsIn(merged) };
}

function mergedData(before: YamlData, after: YamlData): YamlData {
  if (isList(before) && isList(after)) return [...before, ...after];
  if (!isTable(before) || !isTable(after)) return after;
  const merged = new Map(before);
  for (const [key, value] of after) {
    const present = before.get(key);
    merged.set(key, present === undefined ? value : mergedData(present, value));
  }
  return merged;
}

function definitionsIn(data: YamlData): NetplanDefinition[] {
  const renderer = scalarAt(data, ['network', 'renderer']) ?? 'networkd';
  return netplanSections.flatMap((section) => {
    const entries = dataAt(data, ['network', section]);
    if (!isTable(entries)) return [];
    const ofSection = scalarAt(entries, ['renderer']) ?? renderer;
    return [...entries].flatMap(([id, table]) =>
      id === 'renderer' || id === 'lo'
        ? []
        : [definitionOf(section, id, isTable(table) ? table : new Map(), ofSection)],
    );
  });
}

function definitionOf(
  section: NetplanSection,
  id: string,
  table: YamlTable,
  renderer: string,
): NetplanDefinition {
  const setName = scalarAt(table, ['set-name']);
  const link = scalarAt(table, ['link']);
  const match = table.get('match');
  return {
    section,
    id,
    ...(section === 'ethernets' && isTable(match) ? { match: matchOf(match) } : {}),
    ...(setName === undefined ? {} : { setName }),
    renderer: scalarAt(table, ['renderer']) ?? renderer,
    dhcp4: isYes(scalarAt(table, ['dhcp4'])),
    addresses: addressesIn(table.get('addresses')).filter(isIpv4),
    gateways: gatewaysIn(table),
    nameservers: wordsIn(dataAt(table, ['nameservers', 'addresses'])),
    parts: [
      ...wordsIn(table.get('interfaces')),
      ...(section === 'vlans' && link !== undefined ? [link] : []),
    ],
    table,
  };
}

function matchOf(table: YamlTable): NetplanMatch {
  const [name, macaddress] = [scalarAt(table, ['name']), scalarAt(table, ['macaddress'])];
  const driver = table.get('driver');
  const drivers = typeof driver === 'string' ? [driver] : wordsIn(driver);
  return {
    ...(name === undefined ? {} : { name }),
    ...(macaddress === undefined ? {} : { macaddress }),
    ...(drivers.length === 0 ? {} : { drivers }),
  };
}

/** The words that netplan takes for yes (handle_generic_bool in its parse.c). */
const isYes = (value: string | undefined): boolean => /^(?:true|on|yes|y)$/i.test(value ?? '');

const scalarAt = (data: YamlData, path: readonly string[]): string | undefined => {
  const found = dataAt(data, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

const wordsIn = (data: YamlData | undefined): string[] =>
  isList(data) ? data.filter((item) => typeof item === 'string') : [];

/** An address may be the key of a map of its options. */
const addressesIn = (data: YamlData | undefined): string[] =>
  isList(data) ? data.flatMap((item) => (isTable(item) ? [...item.keys()] : wordsIn([item]))) : [];

const isIpv4 = (address: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/.test(address);

function gatewaysIn(table: YamlTable): string[] {
  const gateway4 = scalarAt(table, ['gateway4']);
  const routes = table.get('routes');
  const defaults = (isList(routes) ? routes : []).flatMap((route) => {
    const [to, via, number] = [scalarAt(route, ['to']), scalarAt(route, ['via']), scalarAt(route, ['table'])];
    const isDefault = to === 'default' || to === '0.0.0.0/0' || to === '0/0';
    return isDefault && via !== undefined && number === undefined && isIpv4(via) ? [via] : [];
  });
  return [...(gateway4 === undefined ? [] : [gateway4]), ...defaults];
}
