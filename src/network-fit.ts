import ipaddr from 'ipaddr.js';
import type { NetworkRequest } from './model.js';

/** Why the values of a network can't be meant, and what to do. */
export interface Misfit {
  readonly message: string;
  readonly remedy: string;
}

/**
 * Whether address, network and gateway fit together. Undefined when they do; each is a valid one of its kind already.
 * A network of two addresses or one has no address of its own (RFC 3021).
 */
export function misfit({ policy, address, prefix, gateway }: NetworkRequest): Misfit | undefined {
  if (policy === 'keep-dhcp' && address !== undefined) {
    return { message: '--keep-dhcp and --address contradict each other', remedy: 'give one of them' };
  }
  if (address === undefined) return undefined;
  if (prefix === undefined) {
    return {
      message: `--address ${address} comes without its network`,
      remedy: `write --address ${address}/16, or give --netmask or --site`,
    };
  }
  return notOfMachine(address, prefix) ?? strangeGateway(address, prefix, gateway);
}

function notOfMachine(address: string, prefix: number): Misfit | undefined {
  const text = `${address}/${prefix}`;
  const reserved = [ipaddr.IPv4.networkAddressFromCIDR(text), ipaddr.IPv4.broadcastAddressFromCIDR(text)];
  if (prefix > 30 || !reserved.some((each) => each.toString() === address)) return undefined;
  return {
    message: `the address ${text} is that of the network itself, not of a machine in it`,
    remedy: "give the guest's own address",
  };
}

function strangeGateway(address: string, prefix: number, gateway: string | undefined): Misfit | undefined {
  if (gateway === undefined) return undefined;
  const isInside = ipaddr.IPv4.parse(gateway).match(ipaddr.IPv4.parse(address), prefix);
  if (isInside && gateway !== address) return undefined;
  return {
    message: `the address ${address}/${prefix} and the gateway ${gateway} don't fit together`,
    remedy: 'the gateway must be another address of the same network',
  };
}
