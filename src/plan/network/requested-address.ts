import type { NetworkRequest, Notice, Problem } from '../../model.js';
import { networkRefusals } from '../network-refusals.js';

/** What an interface gets that asked a DHCP server so far. */
export interface RequestedAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
}

/** The address of a request; undefined when none was given. */
export function requestedAddress({ address, prefix, gateway }: NetworkRequest): RequestedAddress | undefined {
  if (address === undefined || prefix === undefined) return undefined;
  return { address, prefix, ...(gateway === undefined ? {} : { gateway }) };
}

/** Why an interface can't become static: no address was given. */
export const noAddressFor = (name: string): Problem => networkRefusals['no-static-address'](name);

/** What a request without gateway means. */
export const gatewayNotices = ({ gateway }: NetworkRequest): Notice[] =>
  gateway === undefined
    ? [
        {
          code: 'no-gateway',
          message: 'no gateway was given: the guest will reach its own network only',
        },
      ]
    : [];

/** A configuration that one network system has: an interface, a profile, a file. What the choice is made from. */
export interface Configured {
  /** How the user can mean it: interface names first. */
  readonly names: readonly string[];
  /** Whether it asks a DHCP server for an IPv4 address. */
  readonly isServed: boolean;
  /** Its IPv4 addresses, without prefix lengths. */
  readonly addresses: readonly string[];
}

/** Which of them the request is about. */
export type ConfiguredChoice<T> =
  /** It asks a DHCP server and gets the static address instead. */
  | { readonly kind: 'served'; readonly item: T }
  /** The addresses stay as they are; `item`: the one that was meant, if one can be told. */
  | { readonly kind: 'settled'; readonly item?: T }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Finds what to make static: the one that was named, else the only one that asks a DHCP server. `isFinal` tells whether
 * a name is what its card is called under PV.
 */
export function chooseConfigured<T extends Configured>(
  items: readonly T[],
  request: NetworkRequest,
  isFinal: (name: string) => boolean,
): ConfiguredChoice<T> {
  const { interface: wanted, address } = request;
  const meant = wanted === undefined ? items : items.filter(({ names }) => names.includes(wanted));
  const holders = items.filter(({ addresses }) => address !== undefined && addresses.includes(address));
  const same = holders.find((item) => meant.includes(item));
  if (same !== undefined) return { kind: 'settled', item: same };
  if (wanted !== undefined && meant.length === 0)
    return chooseFormer(items, holders, wanted, request, isFinal);
  if (request.policy === 'keep-dhcp') return settled(meant.length === 1 ? meant[0] : undefined);
  return chooseServed(meant, holders, request);
}

const settled = <T>(item: T | undefined): ConfiguredChoice<T> =>
  item === undefined ? { kind: 'settled' } : { kind: 'settled', item };

const problem = (reason: Problem): { readonly kind: 'problem'; readonly problem: Problem } => ({
  kind: 'problem',
  problem: reason,
});

const label = ({ names }: Configured): string => names[0] ?? '';

/** Under its former name the interface of a guest that was converted before isn't there any more. */
function chooseFormer<T extends Configured>(
  items: readonly T[],
  [same]: readonly T[],
  wanted: string,
  request: NetworkRequest,
  isFinal: (name: string) => boolean,
): ConfiguredChoice<T> {
  if (same !== undefined) return { kind: 'settled', item: same };
  if (request.policy === 'keep-dhcp') return { kind: 'settled' };
  // Without an address to give, it was none that asked a DHCP server.
  const done = items.find(({ names, isServed }) => !isServed && names.some(isFinal));
  if (request.address === undefined && done !== undefined && /^(?:eth|en)/.test(wanted)) return settled(done);
  return problem(networkRefusals['interface-not-found'](wanted, items.map(label)));
}

function chooseServed<T extends Configured>(
  meant: readonly T[],
  [holder]: readonly T[],
  { address }: NetworkRequest,
): ConfiguredChoice<T> {
  const [item, another] = meant.filter(({ isServed }) => isServed);
  if (another !== undefined) {
    const names = meant.filter(({ isServed }) => isServed).map(label);
    return problem(networkRefusals['several-dhcp-interfaces'](names));
  }
  // One address on two interfaces is never meant.
  if (item !== undefined && holder !== undefined) {
    const detail = `${label(holder)} has the address ${address} that ${label(item)} is to get`;
    return problem(networkRefusals['ambiguous-network'](detail));
  }
  if (item !== undefined) return { kind: 'served', item };
  const fixed = meant.filter(({ addresses }) => addresses.length > 0);
  if (address === undefined) return settled(fixed[0]);
  const present = fixed.map((each) => `${each.addresses.join(', ')} on ${label(each)}`);
  return problem(networkRefusals['address-differs'](address, present));
}
