import test from 'ava';
import fc from 'fast-check';
import { endOfCompressed, type ReadAt } from '../../../src/guest-files/compressed-length.js';
import type { KernelCompression } from '../../../src/model.js';

const reader =
  (bytes: Buffer): ReadAt =>
  (offset, length) =>
    bytes.subarray(offset, offset + length);
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** By hand from RFC 8878: magic, descriptor, header fields, blocks of (last | type << 1 | size << 3), checksum. */
const samples: readonly (readonly [string, KernelCompression, string, number | undefined])[] = [
  ['zstd, one raw block of 3 bytes', 'zstd', '28b52ffd 20 03 190000 616263 ffff', 12],
  ['zstd, window byte, checksum', 'zstd', '28b52ffd 04 58 190000 616263 01020304 00', 16],
  ['zstd, a run of 100 and a last block', 'zstd', '28b52ffd 20 67 220300 61 190000 616263', 16],
  ['zstd, 8 bytes of size, 4 of dictionary', 'zstd', '28b52ffd c3 58 00000000 0000000000000000 010000', 21],
  ['zstd, two frames', 'zstd', '28b52ffd 20 00 010000 28b52ffd 20 00 010000', 18],
  ['zstd, cut', 'zstd', '28b52ffd 20 03 18', undefined],
  ['lz4, two blocks and an end', 'lz4', '02214c18 02000000 aaaa 01000000 bb 30373037', 15],
  ['lz4, two frames', 'lz4', '02214c18 01000000 aa 02214c18 01000000 bb', 18],
  ['lz4, zeros behind', 'lz4', '02214c18 01000000 aa 00000000', 9],
  ['xz, which has no lengths in front', 'xz', 'fd377a585a00', undefined],
];
for (const [title, compression, bytes, end] of samples) {
  test(`end of compressed data: ${title}`, (t) => {
    t.is(endOfCompressed(compression, reader(hex(bytes)), 0), end);
    const shifted = Buffer.concat([Buffer.alloc(5), hex(bytes)]);
    t.is(endOfCompressed(compression, reader(shifted), 5), end === undefined ? undefined : end + 5);
  });
}

test('end of compressed data: never throws and never goes back', (t) => {
  const start = fc.constantFrom(hex('28b52ffd'), hex('02214c18'), Buffer.alloc(0));
  fc.assert(
    fc.property(
      start,
      fc.uint8Array(),
      fc.constantFrom<KernelCompression>('zstd', 'lz4'),
      (magic, rest, compression) => {
        const end = endOfCompressed(compression, reader(Buffer.concat([magic, rest])), 0);
        t.true(end === undefined || end >= 0);
      },
    ),
  );
});
