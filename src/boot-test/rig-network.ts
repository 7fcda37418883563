/** Where the guest should answer. */
export interface RigNetwork {
  /** Dotted IPv4. */
  readonly address: string;
  /** Prefix length, at most 31: dom0 needs an address in the same network. */
  readonly prefix: number;
  /** dom0 takes this address, so that the guest finds its gateway; without one, it takes another of the network's. */
  readonly gateway?: string;
}

/** The address that dom0's bridge gets: never the guest's own. */
export function dom0Address({ address, prefix, gateway }: RigNetwork): string {
  if (gateway !== undefined && gateway !== address) return gateway;
  const guest = toNumber(address);
  // A network of two addresses (RFC 3021) has no network and no broadcast address.
  const first = guest - (guest % 2 ** (32 - prefix)) + (prefix === 31 ? 0 : 1);
  return toDotted(first === guest ? first + 1 : first);
}

const toNumber = (dotted: string): number =>
  dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const toDotted = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
