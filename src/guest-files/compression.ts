import type { KernelCompression } from '../model.js';

/** The first bytes by which Linux (lib/decompress.c) and Xen (xg_dom_bzimageloader.c) tell their compressors. */
const magics: readonly (readonly [KernelCompression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  // The legacy frame format; neither Linux nor Xen reads the newer one.
  ['lz4', [0x02, 0x21, 0x4c, 0x18]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lzma', [0x5d, 0x00, 0x00]],
  ['lzo', [0x89, 0x4c, 0x5a, 0x4f]],
  ['none', [0x7f, 0x45, 0x4c, 0x46]],
];

/** Enough bytes to tell any compression. */
export const magicBytes = 6;

/** The compression that the bytes at `offset` begin; `none` for a plain ELF file, `unknown` for anything else. */
export function compressionAt(bytes: Uint8Array, offset = 0): KernelCompression {
  const found = magics.find(([, magic]) => magic.every((byte, index) => bytes[offset + index] === byte));
  return found?.[0] ?? 'unknown';
}
