import ipaddr from 'ipaddr.js';
import type { RecordNetwork } from './mode-records/record-network.js';
import type { NetworkRequest, Problem, Request, RequestValue } from './model.js';
import { misfit } from './network-fit.js';
import { networkRefusals } from './plan/network-refusals.js';

export type CompletedRequest =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** The record has no address either. */
  | { readonly kind: 'nothing' };

/**
 * The request with the address that the record has for the guest, for one that needs an address and got none. What the
 * command line or the site says is stronger than the record. `record` is how people call it.
 */
export function completeByRecord(request: Request, found: RecordNetwork, record: string): CompletedRequest {
  if (found.kind === 'none') return { kind: 'nothing' };
  if (found.kind === 'several')
    return problem(networkRefusals['record-addresses-unclear'](record, found.addresses));
  const network = completed(request.network, found);
  if (network.prefix === undefined)
    return problem(networkRefusals['record-without-netmask'](record, found.address));
  const wrong = misfit(network);
  if (wrong !== undefined) return problem(networkRefusals['record-address-unfit'](record, wrong.message));
  const values = [...valuesOf(request, found, record), ...(request.values ?? [])];
  return { kind: 'request', request: { ...request, network, values } };
}

const problem = (one: Problem) => ({ kind: 'problem', problem: one }) as const;

type Found = RecordNetwork & { kind: 'address' };

function completed(asked: NetworkRequest, { address, prefix, gateway, dns }: Found): NetworkRequest {
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(gateway === undefined ? {} : { gateway }),
    ...asked,
    address,
    dns: asked.dns.length > 0 ? asked.dns : dns,
  };
}

/** What the record has a say in: where nobody else spoke. */
function valuesOf({ network }: Request, found: Found, where: string): RequestValue[] {
  const { address, prefix, gateway, dns } = found;
  const of = (name: RequestValue['name'], value: string) =>
    ({ name, value, origin: 'record', where }) as const;
  return [
    of('address', address),
    ...(prefix === undefined || network.prefix !== undefined
      ? []
      : [of('netmask', ipaddr.IPv4.subnetMaskFromPrefixLength(prefix).toString())]),
    ...(gateway === undefined || network.gateway !== undefined ? [] : [of('gateway', gateway)]),
    ...(dns.length === 0 || network.dns.length > 0 ? [] : [of('dns', dns.join(', '))]),
  ];
}
