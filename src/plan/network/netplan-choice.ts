import type { NetworkRequest, Notice, Problem } from '../../model.js';
import type { NetplanDefinition, NetplanView } from '../../network/netplan.js';
import { cardSelector, currentName, takesName } from '../../network/netplan-cards.js';
import { networkRefusals } from '../network-refusals.js';
import type { NetplanNames } from './netplan-names.js';
import { type Configured, chooseConfigured } from './requested-address.js';

/** Which interface of the guest the request is about. */
export type NetplanChoice =
  /** It asks a DHCP server and gets the static address instead. */
  | { readonly kind: 'served'; readonly definition: NetplanDefinition }
  /** The addresses stay as they are. */
  | { readonly kind: 'settled'; readonly notices: readonly Notice[] }
  | { readonly kind: 'problem'; readonly problem: Problem };

interface Item extends Configured {
  readonly definition: NetplanDefinition;
}

/** Finds the interface to make static among those that are there under PV: the named one, else the only one with DHCP. */
export function chooseDefinition(
  view: NetplanView,
  names: NetplanNames,
  request: NetworkRequest,
): NetplanChoice {
  const present = view.definitions.filter((each) => each.section !== 'ethernets' || names.inUse.has(each));
  const items = present.map((definition) => itemOf(definition, names));
  const without = items.find(
    (item) => request.interface !== undefined && item.names.includes(request.interface) && isBare(item),
  );
  if (without !== undefined && request.policy === 'static' && request.address !== undefined) {
    const label = without.names[0] ?? '';
    return { kind: 'problem', problem: networkRefusals['interface-not-dhcp'](label, ['none']) };
  }
  const renamed = names.renamings.map(({ from }) => from);
  const inUse = [...names.inUse.values()].flat();
  const isFinal = (name: string) => inUse.includes(name) && !renamed.includes(name);
  const choice = chooseConfigured(items, request, isFinal);
  if (choice.kind === 'served') return { kind: 'served', definition: choice.item.definition };
  if (choice.kind === 'problem') return choice;
  return { kind: 'settled', notices: differences(choice.item?.definition, request) };
}

const isBare = ({ isServed, addresses }: Item): boolean => !isServed && addresses.length === 0;

function itemOf(definition: NetplanDefinition, { inUse, renamings }: NetplanNames): Item {
  const { id, dhcp4, addresses, match } = definition;
  const name = currentName(definition);
  const former =
    match === undefined ? [] : renamings.filter(({ from }) => from === match.name).map(({ from }) => from);
  return {
    definition,
    names: [
      ...new Set([...(name === undefined ? [] : [name]), id, ...(inUse.get(definition) ?? []), ...former]),
    ],
    isServed: dhcp4,
    // Addresses beside DHCP don't make an interface static.
    addresses: dhcp4 ? [] : addresses.map((address) => address.replace(/\/.*$/, '')),
  };
}

/** A static interface stays as it is; what was asked for and isn't so is said. */
function differences(definition: NetplanDefinition | undefined, request: NetworkRequest): Notice[] {
  const { address, prefix, gateway } = request;
  if (definition === undefined || request.policy !== 'static' || address === undefined) return [];
  const present = definition.addresses.find((each) => each.startsWith(`${address}/`));
  const gateways = definition.gateways.join(', ');
  const found = [
    prefix !== undefined && present !== undefined && present !== `${address}/${prefix}`
      ? `address ${present}`
      : '',
    gateway !== undefined && !definition.gateways.includes(gateway) ? `gateway ${gateways || 'none'}` : '',
  ].filter((text) => text !== '');
  if (found.length === 0) return [];
  const name = currentName(definition) ?? definition.id;
  const message = `${name} is static already and keeps its ${found.join(' and ')}, which isn't what was given`;
  return [{ code: 'network-differs', message }];
}

/**
 * Other definitions that get hold of the same card: networkd's order decides for that renderer, nothing known does for
 * NetworkManager. Details for people, none when it is certain which one counts.
 */
export function sharedCards(
  view: NetplanView,
  { inUse }: NetplanNames,
  definition: NetplanDefinition,
): string[] {
  const names = inUse.get(definition) ?? [];
  const kind = cardSelector(definition)?.kind;
  if (kind !== 'mac' && names.length > 1)
    return [`${definition.id} is for several cards (${names.join(', ')})`];
  if (definition.renderer !== 'NetworkManager') return [];
  const others = othersFor(view, definition, names);
  return others.map(({ id }) => `${definition.id} and ${id} are both for ${names.join(', ')}`);
}

/** Definitions of the same card that networkd doesn't get to. */
export function shadowedNotices(
  view: NetplanView,
  { inUse }: NetplanNames,
  definition: NetplanDefinition,
): Notice[] {
  const others = othersFor(view, definition, inUse.get(definition) ?? []);
  return others.map(({ id }) => ({
    code: 'definition-shadowed',
    message: `netplan's ${id} is for the same card as ${definition.id}, which systemd-networkd tries first; ${id} stays as it is`,
  }));
}

const othersFor = (
  view: NetplanView,
  definition: NetplanDefinition,
  names: readonly string[],
): NetplanDefinition[] =>
  view.definitions.filter(
    (each) =>
      each !== definition && cardSelector(each) !== undefined && names.some((name) => takesName(each, name)),
  );
