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

/** Finds what to make static: the one that was named, else the only one that asks a DHCP server. */
export function chooseConfigured<T extends Configured>(
  items: readonly T[],
  request: NetworkRequest,
): ConfiguredChoice<T> {
  const wanted = request.interface;
  const meant = wanted === undefined ? items : items.filter(({ names }) => names.includes(wanted));
  const { address } = request;
  const same = address === undefined ? undefined : items.find(({ addresses }) => addresses.includes(address));
  // Under its former name the interface of a guest that was converted before isn't there any more.
  if (same !== undefined && (meant.length === 0 || meant.includes(same)))
    return { kind: 'settled', item: same };
  const served = meant.filter(({ isServed }) => isServed);
  if (request.policy === 'keep-dhcp') return settled(meant.length === 1 ? meant[0] : undefined);
  if (wanted !== undefined && meant.length === 0) {
    return {
      kind: 'problem',
      problem: networkRefusals['interface-not-found'](
        wanted,
        items.flatMap(({ names }) => names.slice(0, 1)),
      ),
    };
  }
  return chooseServed(meant, served, request);
}

const settled = <T>(item: T | undefined): ConfiguredChoice<T> =>
  item === undefined ? { kind: 'settled' } : { kind: 'settled', item };

function chooseServed<T extends Configured>(
  meant: readonly T[],
  served: readonly T[],
  { address }: NetworkRequest,
): ConfiguredChoice<T> {
  const [item, another] = served;
  const label = ({ names }: T) => names[0] ?? '';
  if (another !== undefined) {
    return { kind: 'problem', problem: networkRefusals['several-dhcp-interfaces'](served.map(label)) };
  }
  if (item !== undefined) return { kind: 'served', item };
  const fixed = meant.filter(({ addresses }) => addresses.length > 0);
  if (address === undefined) return settled(fixed[0]);
  const present = fixed.map((each) => `${each.addresses.join(', ')} on ${label(each)}`);
  return { kind: 'problem', problem: networkRefusals['address-differs'](address, present) };
}
