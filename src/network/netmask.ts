/** The dotted form of a prefix length of IPv4, 0 to 32: 255.255.0.0 for 16. */
export function netmaskOf(prefix: number): string {
  const bytes = [0, 8, 16, 24].map((before) => Math.min(Math.max(prefix - before, 0), 8));
  return bytes.map((bits) => 256 - 2 ** (8 - bits)).join('.');
}

/** Whether a netmask as interfaces(5) takes it, dotted or a number of bits, is this prefix length. */
export const sameNetmask = (mask: string, prefix: number): boolean =>
  mask === String(prefix) || mask === netmaskOf(prefix);
