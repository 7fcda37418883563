import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import type { KernelImageFacts } from '../../../src/model.js';
import { readKernelImage } from '../../../src/stages/read-kernel-image.js';
import { incompressible } from '../guest-files/sample-archives.js';
import { bzImage, elfFile, noteBytes, pvNotes } from '../guest-files/sample-kernels.js';

const folder = await mkdtemp(join(tmpdir(), 'convert-image-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function factsOf(image: Buffer): Promise<KernelImageFacts> {
  count += 1;
  const path = join(folder, `vmlinuz-${count}`);
  await writeFile(path, image);
  return readKernelImage(path);
}

const compress = async (command: string, input: Buffer): Promise<Buffer> => {
  const [file = '', ...args] = command.split(' ');
  return Buffer.from((await execa(file, args, { input, encoding: 'buffer' })).stdout);
};

/** As in a real kernel, the notes lie megabytes after the head, and much follows them. */
const largeElf = (segment: Buffer) =>
  Buffer.concat([elfFile({ segment, segmentOffset: 3_000_000 }), Buffer.alloc(2_000_000, 0xcc)]);
const pvElf = largeElf(noteBytes(pvNotes));
const smallElf = elfFile({ segment: noteBytes(pvNotes) });

/** The options of Linux' scripts/Makefile.lib. */
const compressors = {
  gzip: 'gzip -n -9',
  xz: 'xz --check=crc32 --x86 --lzma2=dict=32MiB',
  lzma: 'lzma -9',
  lz4: 'lz4 -l -9 - -',
  zstd: 'zstd -q -19',
} as const;

for (const [compression, command] of Object.entries(compressors)) {
  test(`kernel file: PV with ${compression}`, async (t) => {
    for (const elf of [pvElf, smallElf]) {
      const facts = await factsOf(bzImage(await compress(command, elf)));
      t.deepEqual(facts as object, { compression, pv: true, pvh: true, reason: '' });
    }
  });

  test(`kernel file: cut payload with ${compression}`, async (t) => {
    const random = Buffer.concat([pvElf.subarray(0, 4096), incompressible(3_000_000)]);
    const payload = await compress(command, random);
    const facts = await factsOf(bzImage(payload.subarray(0, 500_000)));
    t.false(facts.pv);
    t.regex(facts.reason, /can't be unpacked/);
  });
}

test('kernel file: an ELF, plain and gzipped (xenlinux)', async (t) => {
  t.deepEqual(await factsOf(pvElf), { compression: 'none', pv: true, pvh: true, reason: '' });
  t.deepEqual(await factsOf(smallElf), { compression: 'none', pv: true, pvh: true, reason: '' });
  t.deepEqual(await factsOf(await compress('gzip', pvElf)), {
    compression: 'gzip',
    pv: true,
    pvh: true,
    reason: '',
  });
});

test('kernel file: notes that only the section headers at the end lead to', async (t) => {
  const content = Buffer.from('GUEST_OS=linux,XEN_VER=xen-3.0,LOADER=generic\0');
  const filler = { name: '.text', type: 1, content: Buffer.alloc(300_000, 0x90) };
  const elf = elfFile({ sections: [filler, { name: '__xen_guest', type: 1, content }] });
  t.deepEqual(await factsOf(await compress('gzip', elf)), { compression: 'gzip', pv: true, reason: '' });
  const other = elfFile({
    segment: noteBytes([{ owner: 'GNU', type: 3, description: 'id' }]),
    sections: [filler, { name: '__xen_guest', type: 1, content }],
  });
  t.deepEqual(await factsOf(bzImage(await compress('zstd', other))), {
    compression: 'zstd',
    pv: true,
    reason: '',
  });
});

test('kernel file: PVH alone is not PV', async (t) => {
  const notes = noteBytes(pvNotes.filter(({ type }) => type === 18));
  const facts = await factsOf(bzImage(await compress('zstd', largeElf(notes))));
  t.like(facts, { compression: 'zstd', pv: false });
  t.regex(facts.reason, /CONFIG_XEN_PV/);
});

test('kernel file: bzip2 and lzo are nothing for Xen', async (t) => {
  t.like(await factsOf(bzImage(Buffer.from('BZh9 and more'))), { compression: 'bzip2', pv: false });
  t.like(await factsOf(bzImage(Buffer.from('\x89LZO and more', 'latin1'))), {
    compression: 'lzo',
    pv: false,
  });
});

test('kernel file: notes beyond any sensible size are not looked for', async (t) => {
  const elf = Buffer.from(smallElf);
  elf.writeBigUInt64LE(2n ** 40n, 64 + 56 + 8);
  t.like(await factsOf(elf), { pv: false });
});

test('kernel file: empty, a text, and damaged data', async (t) => {
  for (const content of ['', 'not a kernel', '\x1f\x8b\x08\x00 not gzip at all']) {
    t.like(await factsOf(Buffer.from(content, 'latin1')), { pv: false });
  }
});

test('kernel file: no such file', async (t) => {
  await t.throwsAsync(readKernelImage(join(folder, 'missing')), { code: 'ENOENT' });
});
