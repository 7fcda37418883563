import ipaddr from 'ipaddr.js';
import type { RecordState, RecordVif } from './mode-record.js';

/** What a record tells about its machine's IPv4 network. Whatever isn't an address of four numbers is left out. */
export type RecordNetwork =
  | {
      readonly kind: 'address';
      readonly address: string;
      /** Prefix length. */
      readonly prefix?: number;
      readonly gateway?: string;
      readonly dns: readonly string[];
    }
  /** Which of them the guest's interface should have isn't said. */
  | { readonly kind: 'several'; readonly addresses: readonly string[] }
  | { readonly kind: 'none' };

/**
 * The only address of the machine's only card. Further addresses, or further cards, make it unclear which one the guest's
 * interface should have. A prefix of 32 says that one address is meant, not how large its network is.
 */
export function recordNetwork({ vifs }: RecordState): RecordNetwork {
  const found = vifs.flatMap((vif) => (vif.ip ?? '').split(/[\s,]+/).flatMap((text) => addressIn(text, vif)));
  const [only] = found;
  if (only === undefined) return { kind: 'none' };
  if (found.length > 1 || vifs.length > 1)
    return { kind: 'several', addresses: found.map(({ address }) => address) };
  return only;
}

function addressIn(text: string, vif: RecordVif): (RecordNetwork & { kind: 'address' })[] {
  const [, address = '', written] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return [];
  const prefix = prefixOf(vif.netmask) ?? sizeOf(written);
  const { gateway } = vif;
  return [
    {
      kind: 'address',
      address,
      ...(prefix === undefined ? {} : { prefix }),
      ...(gateway !== undefined && ipaddr.IPv4.isValidFourPartDecimal(gateway) ? { gateway } : {}),
      dns: (vif.dns ?? '').split(/[\s,]+/).filter((server) => ipaddr.isValid(server)),
    },
  ];
}

const sizeOf = (written: string | undefined): number | undefined =>
  written !== undefined && Number(written) >= 1 && Number(written) <= 31 ? Number(written) : undefined;

/** A mask as `255.255.0.0` or as a length. */
function prefixOf(netmask = ''): number | undefined {
  if (/^\d{1,2}$/.test(netmask)) return sizeOf(netmask);
  if (!ipaddr.IPv4.isValidFourPartDecimal(netmask)) return undefined;
  return ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() || undefined;
}
