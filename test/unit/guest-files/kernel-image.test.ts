import test from 'ava';
import fc from 'fast-check';
import { locateKernelPayload } from '../../../src/guest-files/kernel-image.js';
import { bzImage, elfFile } from './sample-kernels.js';

const magics: Readonly<Record<string, string>> = {
  gzip: '1f8b08',
  xz: 'fd377a585a00',
  zstd: '28b52ffd',
  lz4: '02214c18',
  bzip2: '425a6839',
  lzma: '5d00008000',
  lzo: '894c5a4f000d0a1a0a',
};
const payloadOf = (magic: string) => Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(100, 1)]);

for (const [compression, magic] of Object.entries(magics)) {
  test(`kernel image: bzImage with ${compression}`, (t) => {
    const payload = payloadOf(magic);
    const image = bzImage(payload);
    t.deepEqual(locateKernelPayload(image, image.length) as object, {
      kind: 'payload',
      compression,
      offset: 40 * 512 + 716,
      length: payload.length + 4,
    });
  });
}

test('kernel image: no setup sectors means four', (t) => {
  const image = bzImage(payloadOf('28b52ffd'), { setupSectors: 0 });
  t.like(locateKernelPayload(image, image.length), { kind: 'payload', offset: 5 * 512 + 716 } as object);
});

test('kernel image: an ELF, plain and gzipped', (t) => {
  t.deepEqual(locateKernelPayload(elfFile({}), 5000) as object, {
    kind: 'payload',
    compression: 'none',
    offset: 0,
    length: 5000,
  });
  const gzipped = Buffer.from('1f8b0800', 'hex');
  t.like(locateKernelPayload(gzipped, 5000), { compression: 'gzip', offset: 0 } as object);
});

const hasNone = test.macro({
  exec: (t, image: Buffer, fileBytes: number, reason: RegExp) => {
    const found = locateKernelPayload(image, fileBytes);
    t.regex(found.kind === 'no-payload' ? found.reason : '', reason);
  },
  title: (title) => `kernel image without a payload: ${title}`,
});
const good = bzImage(payloadOf('28b52ffd'));
test(
  'old protocol',
  hasNone,
  bzImage(payloadOf('1f8b08'), { protocol: 0x0206 }),
  1e9,
  /boot protocol 2\.06 is older/,
);
test('unknown compression', hasNone, bzImage(payloadOf('deadbeef')), 1e9, /no known compression/);
test('a bzImage around a plain ELF', hasNone, bzImage(elfFile({})), 1e9, /no known compression/);
test('truncated file', hasNone, good, good.length - 3100, /truncated/);
test('truncated header', hasNone, good.subarray(0, 0x24f), 0x24f, /neither a bzImage nor an ELF/);
test('empty file', hasNone, Buffer.alloc(0), 0, /neither a bzImage nor an ELF/);
test(
  'xz alone, which Xen does not take',
  hasNone,
  payloadOf('fd377a585a00'),
  100,
  /neither a bzImage nor an ELF/,
);

test('kernel image: never throws, and finds nothing outside of the file', (t) => {
  const change = fc.tuple(fc.integer({ min: 0, max: 0x260 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change), fc.nat(50_000), fc.nat(50_000), (changes, headBytes, fileBytes) => {
      const image = Buffer.from(good);
      for (const [at, byte] of changes) image[at] = byte;
      const found = locateKernelPayload(image.subarray(0, headBytes), fileBytes);
      t.true(found.kind === 'no-payload' || found.offset + found.length <= fileBytes);
    }),
  );
});
