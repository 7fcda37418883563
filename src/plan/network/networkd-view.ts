import type { GuestTree, NetworkRequest } from '../../model.js';
import { cardsAmong, isSettled } from '../../network/cards.js';
import { isGlob } from '../../network/glob.js';
import { type Naming, nameUnderPv } from '../../network/interface-names.js';
import {
  entriesIn,
  lastValue,
  listValue,
  type NetworkdFile,
  networkdFiles,
} from '../../network/networkd-files.js';
import { type Selection, selectionOf, takesName } from '../../network/networkd-match.js';
import { type Configured, type ConfiguredChoice, chooseConfigured } from './requested-address.js';

/** A .network file that is for Ethernet cards, or for a bridge, bond or VLAN over them. */
export interface NetworkdNetwork extends Configured {
  readonly file: NetworkdFile;
  readonly selection: Exclude<Selection, { readonly kind: 'other' }>;
}

/**
 * The .network files that concern the VM's network, in the order in which networkd tries them. What an earlier file
 * takes away altogether is left out: networkd never gets to it.
 */
export function configuredNetworks(tree: GuestTree): NetworkdNetwork[] {
  const networks = networkdFiles(tree, '.network').flatMap((file): NetworkdNetwork[] => {
    const selection = selectionOf(file);
    if (selection.kind === 'other' || isUnmanaged(file)) return [];
    const names = namesOf(file, selection);
    return [{ file, selection, names, isServed: isServed(file), addresses: addressesOf(file) }];
  });
  return networks.filter(
    (network, index) => !networks.slice(0, index).some((earlier) => takesAway(earlier, network)),
  );
}

/** `Type=ether` leaves bridges, bonds and VLANs to later files. */
function takesAway(earlier: NetworkdNetwork, { selection, names }: NetworkdNetwork): boolean {
  if (earlier.selection.kind !== 'patterns' || earlier.selection.unclear.length > 0) return false;
  const cards = ['eth0', 'ens3', 'enp0s3', 'enX0'];
  if (selection.kind !== 'names') return cards.every((name) => takes(earlier, name));
  const isLimited = ['Type', 'Kind'].some((key) => (earlier.file.match.get(key) ?? []).length > 0);
  return names.every((name) => takes(earlier, name) && (!isLimited || /^e(?:th\d|n[opsxX])/.test(name)));
}

/**
 * Which file gets the static address. One that takes cards by a pattern is for the cards that no other file names, so
 * it is meant only where there is none of those, or where the user named such a card.
 */
export function chooseNetwork(
  networks: readonly NetworkdNetwork[],
  naming: Naming,
  request: NetworkRequest,
): ConfiguredChoice<NetworkdNetwork> {
  const specific = networks.filter(({ selection }) => selection.kind !== 'patterns');
  const general = networks.filter(({ selection }) => selection.kind === 'patterns');
  const wanted = request.interface;
  const named = specific.filter(({ selection }) => selection.kind === 'names');
  const cards = cardsAmong(naming, [...new Set(named.flatMap(({ names }) => names))]);
  const isFinal = (name: string) => cards.some((card) => card.name === name && isSettled(card));
  if (wanted !== undefined && !specific.some(({ names }) => names.includes(wanted))) {
    const taking = general.find((network) => takes(network, wanted));
    // Then the name is the former one of a card that has what was asked for.
    const has = specific.some(({ addresses, names, isServed: asks }) =>
      request.address === undefined ? !asks && names.some(isFinal) : addresses.includes(request.address),
    );
    if (has) return chooseConfigured(specific, request, isFinal);
    if (taking !== undefined) return chooseConfigured([{ ...taking, names: [wanted] }], request, isFinal);
  }
  if (specific.some(isConfigured) || general.length === 0)
    return chooseConfigured(specific, request, isFinal);
  const pv = firstPvName(naming);
  const first = general.find((network) => pv !== undefined && takes(network, pv)) ?? general[0];
  const items = first === undefined ? [] : [first];
  return chooseConfigured(items, request, isFinal);
}

/** What the first card of the VM is called under PV; undefined when that can't be told. */
export function firstPvName(naming: Naming): string | undefined {
  const pv = nameUnderPv(naming, { handle: 0, currentName: '' });
  return pv.kind === 'known' ? pv.name : undefined;
}

/** Whether a file takes an interface of this name, as far as its name decides. */
export const takes = ({ file }: Pick<NetworkdNetwork, 'file'>, name: string): boolean =>
  takesName(file.match.get('Name') ?? [], name);

/** Says an address, asks for one, or makes a port of something that does. */
const isConfigured = ({ file, isServed: served, addresses }: NetworkdNetwork): boolean =>
  served ||
  addresses.length > 0 ||
  lastValue(file, 'Network', 'Bridge') !== '' ||
  lastValue(file, 'Network', 'Bond') !== '';

function namesOf({ match }: NetworkdFile, selection: NetworkdNetwork['selection']): readonly string[] {
  if (selection.kind === 'names') return selection.names;
  if (selection.kind === 'addresses') return selection.macs;
  if (selection.kind === 'patterns') return [selection.patterns.join(' ') || '*'];
  const named = (match.get('Name') ?? []).filter((word) => !word.startsWith('!') && !isGlob(word));
  return [...named, selection.keys.map((key) => `${key}=${(match.get(key) ?? []).join(' ')}`).join(' ')];
}

const isUnmanaged = (file: NetworkdFile): boolean =>
  /^(?:yes|true|on|1)$/i.test(lastValue(file, 'Link', 'Unmanaged'));

/** `v4` and `both` are how systemd before 219 said it; it still takes them. */
const isServed = (file: NetworkdFile): boolean =>
  /^(?:yes|true|on|1|y|t|both|ipv4|v4)$/i.test(lastValue(file, 'Network', 'DHCP'));

function addressesOf(file: NetworkdFile): string[] {
  const own = [
    ...listValue(file, 'Network', 'Address'),
    ...entriesIn(file, 'Address')
      .filter(({ key }) => key === 'Address')
      .map(({ value }) => value),
  ];
  return own
    .map((address) => address.replace(/\/.*$/s, ''))
    .filter((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address));
}
