import { type MatchResult, xenDriver } from './device-match.js';
import { isGlob, matchesGlob } from './glob.js';
import type { NetworkdFile } from './networkd-files.js';

/** What a .network file is for. */
export type Selection =
  /** Interfaces by their names. `conditions`: what else it asks and nobody can tell from the files. */
  | { readonly kind: 'names'; readonly names: readonly string[]; readonly unclear: readonly string[] }
  /** Every Ethernet card whose name these patterns take. */
  | { readonly kind: 'patterns'; readonly patterns: readonly string[]; readonly unclear: readonly string[] }
  /** Cards by their MAC addresses, which stay what they are. */
  | { readonly kind: 'addresses'; readonly macs: readonly string[]; readonly unclear: readonly string[] }
  /** A card by its bus, driver or kind of machine: keys of [Match] that don't hold under PV. */
  | { readonly kind: 'hardware'; readonly keys: readonly string[]; readonly unclear: readonly string[] }
  /** Wireless, containers, tunnels, the loopback: nothing to do with a card of the VM. */
  | { readonly kind: 'other' };

/** What a .network file selects, from its [Match] section (systemd.network(5)). */
export function selectionOf({ match }: NetworkdFile): Selection {
  const list = (key: string) => match.get(key) ?? [];
  if (isForeign(list)) return { kind: 'other' };
  const unclear = unclearKeys.filter((key) => list(key).length > 0);
  const keys = hardwareKeys.filter((key) => hardwareHolds(key, list(key)) === 'no');
  if (keys.some((key) => !isEmulated(key, list(key)))) return { kind: 'other' };
  if (keys.length > 0) return { kind: 'hardware', keys, unclear };
  const patterns = list('Name');
  const wanted = patterns.filter((word) => !word.startsWith('!'));
  const names = wanted.filter((word) => !isGlob(word));
  if (names.length > 0 && names.length === wanted.length) {
    const own = names.filter((name) => !isForeignName(name));
    return own.length === 0 ? { kind: 'other' } : { kind: 'names', names: own, unclear };
  }
  const macs = [...list('MACAddress'), ...list('PermanentMACAddress')];
  if (macs.length > 0) return { kind: 'addresses', macs, unclear };
  return samples.some((name) => takesName(patterns, name))
    ? { kind: 'patterns', patterns, unclear }
    : { kind: 'other' };
}

/** Whether a list of names and patterns takes a name; an empty list takes all. `!` inverts (net_condition_test_strv). */
export function takesName(patterns: readonly string[], name: string): boolean {
  if (patterns.some((word) => word.startsWith('!') && matchesGlob(word.slice(1), name))) return false;
  const wanted = patterns.filter((word) => !word.startsWith('!'));
  return wanted.length === 0 || wanted.some((word) => matchesGlob(word, name));
}

/** Names that Ethernet cards have in Debian and Ubuntu, of every scheme. */
const samples = [
  'eth0',
  'eth1',
  'ens3',
  'ens18',
  'ens192',
  'enp0s3',
  'enp1s0',
  'eno1',
  'enX0',
  'enx00163e000001',
];

const isForeignName = (name: string): boolean =>
  /^(?:lo|host0|wl.*|ww.*|v[ebtz]-.*|veth.*|docker.*|virbr.*|lxc.*|lxd.*|tun.*|tap.*|wg.*)$/.test(name);

const unclearKeys = ['Property', 'Host', 'KernelCommandLine', 'KernelVersion', 'Credential', 'Firmware'];
const hardwareKeys = ['Path', 'Driver', 'Virtualization'] as const;
type HardwareKey = (typeof hardwareKeys)[number];

/** What can't be an Ethernet card of the VM, whatever its name. */
function isForeign(list: (key: string) => readonly string[]): boolean {
  if (['WLANInterfaceType', 'SSID', 'BSSID'].some((key) => list(key).length > 0)) return true;
  if (!takesName(list('Type'), 'ether') && !list('Type').some((type) => /^(?:bridge|bond|vlan)/.test(type)))
    return true;
  return list('Kind').some((kind) => !kind.startsWith('!') && !/^(?:bridge|bond|vlan|team)$/.test(kind));
}

/** A vif of Xen: its path as udev's path_id says it, its driver as xenbus does, its machine as systemd-detect-virt. */
function hardwareHolds(key: HardwareKey, words: readonly string[]): MatchResult {
  const values = {
    Path: ['xen-vif-0', 'xen-vif-1', 'xen-vif-2', 'xen-vif-3'],
    Driver: [xenDriver],
    Virtualization: ['xen', 'vm', 'yes', 'true', '1', 'on'],
  }[key];
  if (words.length === 0) return 'yes';
  return values.some((value) => takesName(words, value)) ? 'yes' : 'no';
}

/** Whether a condition that doesn't hold under PV can be about a card or machine of an HVM guest. */
function isEmulated(key: HardwareKey, words: readonly string[]): boolean {
  if (key === 'Path') return words.some((word) => /^!?(?:pci|virtio|acpi|\*)/.test(word));
  if (key === 'Driver')
    return words.some((word) => word.startsWith('!')) || drivers.some((name) => takesName(words, name));
  return words.some((word) => /^!?(?:kvm|qemu|amazon|microsoft|vmware|oracle|bochs|vm|xen)$/.test(word));
}

const drivers = [
  'e1000',
  'e1000e',
  'igb',
  '8139cp',
  '8139too',
  'virtio_net',
  'vmxnet3',
  'ne2k-pci',
  'pcnet32',
  'xen_netfront',
];
