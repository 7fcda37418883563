import type { GuestTree } from '../model.js';
import { isGlob, matchesGlob } from './glob.js';
import {
  headerWords,
  type IfaceHeader,
  ifaceHeader,
  optionLines,
  optionValue,
  parseInterfaces,
  type Stanza,
} from './ifupdown.js';
import { serverMethods } from './ifupdown-edits.js';
import { interfacesFiles } from './ifupdown-files.js';

/** One `iface` stanza and the file that it stands in. */
export interface InterfaceDefinition extends IfaceHeader {
  readonly file: string;
  readonly stanza: Stanza;
}

/** All that ifupdown reads, as one. */
export interface IfupdownView {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly stanzas: readonly Stanza[];
  /** Every interface that a stanza defines, `lo` left out. */
  readonly definitions: readonly InterfaceDefinition[];
  /** Names on `auto` and `allow-…` lines: what comes up by itself. Patterns are among them. */
  readonly started: ReadonlySet<string>;
}

/** Reads the guest's ifupdown configuration; without one, all lists are empty. */
export function readIfupdown(tree: GuestTree): IfupdownView {
  const files = interfacesFiles(tree).flatMap((path) => {
    const node = tree.get(path);
    return node?.kind === 'file' ? [{ path, text: node.text }] : [];
  });
  return viewOf(files);
}

/** The same for texts that are not in the guest, or not yet. */
export function viewOf(files: IfupdownView['files']): IfupdownView {
  const located = files.flatMap(({ path, text }) =>
    parseInterfaces(text).map((stanza) => ({ file: path, stanza })),
  );
  const stanzas = located.map(({ stanza }) => stanza);
  const definitions = located.flatMap(({ file, stanza }) => {
    const header = ifaceHeader(stanza);
    return header === undefined || header.name === 'lo' ? [] : [{ ...header, file, stanza }];
  });
  const started = stanzas.filter(({ keyword }) => keyword === 'auto' || keyword === 'allow');
  return { files, stanzas, definitions, started: new Set(started.flatMap((stanza) => argumentsOf(stanza))) };
}

/** Whether this stanza gets an IPv4 address from a DHCP or BOOTP server. */
export const asksServer = ({ family, method }: IfaceHeader): boolean =>
  family === 'inet' && serverMethods.has(method);

/** Whether this stanza is for a wireless card, which is no card of the VM: by its name, or by options that only such have. */
export const isWireless = ({ name, stanza }: InterfaceDefinition): boolean =>
  /^(?:wlan|wl[opsx]|wifi|ath|ra)\d/.test(name) ||
  optionLines(stanza).some(([option = '']) => /^(?:wpa|wireless)[-_]/.test(option));

/** Whether something brings this interface up by itself. A pattern might, so it counts. */
export const isStarted = ({ started }: IfupdownView, name: string): boolean =>
  [...started].some((entry) => entry === name || entry.endsWith(`=${name}`) || entry.includes('/'));

/** The address that a stanza sets, without its prefix length. */
export const addressIn = ({ stanza }: InterfaceDefinition): string | undefined =>
  optionValue(stanza, 'address')?.replace(/\/.*$/s, '');

/** The network card under an alias or VLAN: `eth0` of `eth0:1` and `eth0.5`. */
export const baseName = (name: string): string => name.replace(/[.:=].*$/s, '');

/** An interface without VLAN number and alias, and all that it is made of: the ports of a bridge or bond, and theirs. */
export function partsOf(view: IfupdownView, name: string): string[] {
  const parts = [baseName(name)];
  // The list grows while it is read; a name comes in once, so that loops end.
  for (const part of parts) {
    const definitions = view.definitions.filter((each) => each.name === part || each.name === name);
    const own = definitions.flatMap(({ stanza }) => portsIn(stanza));
    // A bond may be named by its ports instead.
    const joined = view.definitions.filter(
      ({ stanza }) =>
        optionValue(stanza, 'bond-master') === part || optionValue(stanza, 'bond_master') === part,
    );
    const ports = [...own, ...joined.map((each) => each.name)].map(baseName);
    parts.push(...[...new Set(ports)].filter((port) => !parts.includes(port)));
  }
  return parts;
}

/** Every name by which the configuration means a network interface, without VLAN numbers, aliases and `lo`. */
export function interfaceNames(view: IfupdownView): string[] {
  const renamed = view.stanzas.filter(({ keyword }) => keyword === 'rename').flatMap(argumentsOf);
  const targets = new Set(renamed.map((pair) => pair.replace(/^[^=]*=/s, '')));
  const names = [
    ...view.definitions.map(({ name }) => name),
    ...view.started,
    ...view.stanzas.flatMap(portsIn),
  ].filter((name) => !targets.has(name));
  const bases = [...names, ...renamed].map(baseName);
  return [...new Set(bases)].filter((name) => name !== 'lo' && name !== '' && !isPattern(name));
}

/**
 * What makes the meaning of these names depend on more than the files: scripts that map them, templates, patterns.
 * Sentences without full stop, none when everything is plain.
 */
export function indirections(view: IfupdownView, names: readonly string[]): string[] {
  const mappings = view.stanzas
    .filter(({ keyword }) => keyword === 'mapping')
    .flatMap(argumentsOf)
    .filter((pattern) => names.some((name) => matchesGlob(pattern, name)));
  const templates = view.definitions.filter(({ inherits }) => inherits.length > 0).map(({ name }) => name);
  const patterns = [
    ...view.stanzas.filter(({ keyword }) => patternKeywords.has(keyword)).flatMap(argumentsOf),
    ...view.stanzas.flatMap(portsIn),
  ].filter(isPattern);
  return [
    ...mappings.map((pattern) => `a mapping script decides what "${pattern}" means`),
    ...templates.map((name) => `"iface ${name}" inherits from another stanza`),
    ...patterns.map((pattern) => `"${pattern}" is a pattern, not a name`),
  ];
}

const patternKeywords: ReadonlySet<string> = new Set([
  'auto',
  'allow',
  'rename',
  'no-auto-down',
  'no-scripts',
]);

const argumentsOf = (stanza: Stanza): readonly string[] => headerWords(stanza).slice(1);

/** interfaces(5), "PATTERN MATCHING INTERFACES": a slash tells a pattern from a name. */
const isPattern = (name: string): boolean => name.includes('/') || isGlob(name);

/** Options whose value is a list of interfaces: bridge-utils, ifenslave, vlan and openvswitch read them. */
const portOptions: ReadonlySet<string> = new Set([
  'bridge_ports',
  'bridge-ports',
  'bond-slaves',
  'bond_slaves',
  'slaves',
  'vlan-raw-device',
  'vlan_raw_device',
  'ovs_ports',
  'ovs-ports',
]);

const portsIn = (stanza: Stanza): string[] => {
  if (stanza.keyword !== 'iface') return [];
  return optionLines(stanza)
    .filter(([option = '']) => portOptions.has(option))
    .flatMap((words) => portWords(words.slice(1)));
};

/** `none` and `all` are no names; what follows `regex` is marked as the pattern that it is. */
function portWords(words: readonly string[]): string[] {
  const at = words.indexOf('regex');
  const plain = (at < 0 ? words : words.slice(0, at)).filter((word) => word !== 'none' && word !== 'all');
  return at < 0 ? [...plain] : [...plain, `/${words.slice(at + 1).join(' ')}/`];
}
