/**
 * A UUID that depends on a name alone: RFC 9562's version 8, whose bits a program may fill as it likes, here with two
 * FNV-1a hashes. NetworkManager wants only the form, and that no two profiles have the same.
 */
export function stableUuid(name: string): string {
  const hex = ['convert-image/', 'network/'].map((space) => hash64(`${space}${name}`)).join('');
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`;
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

/** FNV-1a with 64 bits, in hexadecimal. */
function hash64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1) {
    hash = ((hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, '0');
}
