import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import type { InitramfsFacts, KernelCompression } from '../../../src/model.js';
import { readInitramfs } from '../../../src/stages/read-initramfs.js';
import { incompressible } from '../guest-files/sample-archives.js';

const folder = await mkdtemp(join(tmpdir(), 'convert-image-test-'));

/** An archive made by cpio(1), as mkinitramfs does it. */
async function archive(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const root = await mkdtemp(join(folder, 'tree-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const names = await execa({ cwd: root, shell: '/bin/sh' })`find . | LC_ALL=C sort`;
  const { stdout } = await execa({
    cwd: root,
    input: names.stdout,
    encoding: 'buffer',
  })`cpio --quiet -R 0:0 -o -H newc`;
  return Buffer.from(stdout);
}

const compress = async (command: string, input: Buffer): Promise<Buffer> => {
  const [file = '', ...args] = command.split(' ');
  return Buffer.from((await execa(file, args, { input, encoding: 'buffer' })).stdout);
};

let count = 0;
async function readParts(...parts: readonly Buffer[]): Promise<InitramfsFacts> {
  count += 1;
  const path = join(folder, `initrd-${count}`);
  await writeFile(path, Buffer.concat(parts));
  return readInitramfs(path, '/boot/initrd.img-6.1');
}

/** What is inside, whatever the archives' compression. */
async function factsOf(...parts: readonly Buffer[]): Promise<InitramfsFacts> {
  const { compression: _, ...contents } = await readParts(...parts);
  return contents;
}

const aligned = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
const padding = Buffer.alloc(512);
const noise = incompressible(700_000);
const early = await archive({ 'kernel/x86/microcode/GenuineIntel.bin': noise });
const modules = await archive({ 'usr/lib/modules/6.12/kernel/drivers/net/xen-netfront.ko.xz': 'x' });
const main = await archive({
  'lib/modules/6.1/kernel/drivers/block/xen-blkfront.ko': noise,
  'lib/modules/6.1/kernel/fs/ext4/ext4.ko': 'x',
  'lib/modules/6.1/kernel/drivers/block/virtio_blk.ko': Buffer.alloc(400_000),
  'conf/conf.d/resume': 'RESUME=/dev/sda5\n',
  'conf/initramfs.conf': 'MODULES=most\n',
  'etc/fstab': '',
});
const appended = await archive({
  'lib/modules/6.1/extra/late.ko': 'x',
  'conf/conf.d/resume': 'RESUME=none\n',
});

const gzipped = await compress('gzip -n', main);
test.after.always(() => rm(folder, { recursive: true, force: true }));

const mainFacts = {
  path: '/boot/initrd.img-6.1',
  modules: ['ext4', 'virtio-blk', 'xen-blkfront'],
  texts: new Map([
    ['conf/conf.d/resume', 'RESUME=/dev/sda5\n'],
    ['conf/initramfs.conf', 'MODULES=most\n'],
  ]),
};
const withAppended = {
  ...mainFacts,
  modules: ['ext4', 'late', 'virtio-blk', 'xen-blkfront'],
  texts: new Map([...mainFacts.texts, ['conf/conf.d/resume', 'RESUME=none\n']]),
};

/** The commands of mkinitramfs. */
const compressors = {
  gzip: 'gzip -n',
  xz: 'xz --check=crc32',
  lzma: 'lzma -9',
  lz4: 'lz4 -9 -l - -',
  zstd: 'zstd -q -9',
} as const;

for (const [compression, command] of Object.entries(compressors)) {
  test(`initramfs file: ${compression}`, async (t) => {
    t.deepEqual((await factsOf(await compress(command, main))) as object, mainFacts);
  });

  test(`initramfs file: ${compression} is the compression of the last archive`, async (t) => {
    const parts = [early, padding, await compress(command, main)];
    t.is((await readParts(...parts)).compression, compression as KernelCompression);
  });

  test(`initramfs file: ${compression} after two archives that aren't compressed`, async (t) => {
    const facts = await factsOf(early, padding, modules, padding, await compress(command, main));
    t.deepEqual(facts.modules, ['ext4', 'virtio-blk', 'xen-blkfront', 'xen-netfront']);
    t.is(facts.damage, undefined);
  });

  test(`initramfs file: ${compression}, cut, keeps what came before`, async (t) => {
    const compressed = await compress(command, main);
    const facts = await factsOf(modules, padding, compressed.subarray(0, compressed.length / 2));
    t.truthy(facts.damage);
    t.true(facts.modules.includes('xen-netfront'));
  });
}

// The others have no checksum, or none that is compared.
for (const compression of ['xz', 'zstd'] as const) {
  test(`initramfs file: ${compression} with a changed byte`, async (t) => {
    const compressed = await compress(compressors[compression], main);
    const at = Math.floor(compressed.length / 2);
    compressed.writeUInt8(compressed.readUInt8(at) ^ 1, at);
    t.truthy((await factsOf(compressed)).damage);
  });
}

for (const compression of ['gzip', 'lz4', 'zstd'] as const) {
  test(`initramfs file: an archive appended to ${compression}`, async (t) => {
    const compressed = aligned(await compress(compressors[compression], main));
    t.deepEqual((await factsOf(compressed, padding, appended)) as object, withAppended);
  });

  test(`initramfs file: ${compression} and zeros, twice, and another compressor`, async (t) => {
    const compressed = await compress(compressors[compression], main);
    t.deepEqual((await factsOf(compressed, padding)) as object, mainFacts);
    const late = await compress(compressors[compression], appended);
    t.deepEqual((await factsOf(compressed, late)) as object, withAppended);
    t.deepEqual(
      (await factsOf(compressed, await compress('xz --check=crc32', appended))) as object,
      withAppended,
    );
  });
}

for (const compression of ['xz', 'lzma'] as const) {
  test(`initramfs file: what follows ${compression} is said to be unread`, async (t) => {
    const facts = await factsOf(await compress(compressors[compression], main), appended);
    t.deepEqual(facts.modules, mainFacts.modules);
    t.regex(facts.damage ?? '', /what follows the compressed archive at byte 0 can't be read/);
  });
}

test('initramfs file: not compressed at all', async (t) => {
  t.deepEqual((await factsOf(main)) as object, mainFacts);
  t.deepEqual((await factsOf(main, padding, appended)) as object, withAppended);
});

test('initramfs file: gzip with all optional header fields', async (t) => {
  const plain = await compress('gzip -n', main);
  const head = Buffer.from(plain.subarray(0, 10));
  head[3] = 4 | 8 | 16 | 2;
  const fields = Buffer.from('\x03\x00abcname\0comment\0\x12\x34', 'latin1');
  t.deepEqual((await factsOf(head, fields, plain.subarray(10))) as object, mainFacts);
});

const isDamaged = test.macro({
  exec: async (t, parts: readonly Buffer[], damage: RegExp) => {
    const facts = await factsOf(...parts);
    t.regex(facts.damage ?? '', damage);
  },
  title: (title) => `initramfs file, damaged: ${title}`,
});
test('empty', isDamaged, [], /empty/);
test('a text', isDamaged, [Buffer.from('hello')], /at byte 0 is neither an archive nor compressed/);
test('junk behind', isDamaged, [main, Buffer.from('junk')], /is neither an archive nor compressed/);
test('cut without compression', isDamaged, [main.subarray(0, 300_000)], /middle of an entry/);
test('no end mark', isDamaged, [main.subarray(0, main.indexOf('TRAILER') - 110)], /without its end mark/);
test(
  'appended at an odd place',
  isDamaged,
  [aligned(gzipped), Buffer.alloc(1), appended],
  /multiple of four/,
);

test('initramfs file: zstd around something else', async (t) => {
  t.regex((await factsOf(await compress('zstd -q', Buffer.from('hello')))).damage ?? '', /junk/);
});

test('initramfs file: a bomb ends at the limit', async (t) => {
  const limitBytes = 20_000_000;
  const zeros = join(folder, 'zeros');
  await writeFile(zeros, '');
  await truncate(zeros, 2 * limitBytes);
  t.regex((await readInitramfs(zeros, '/boot/x', { limitBytes })).damage ?? '', /more bytes than any/);
  for (const command of ['zstd -q -c', 'gzip -c', 'lz4 -l -c']) {
    const bomb = `${zeros}-${command.slice(0, 2)}`;
    await writeFile(bomb, await compress(`${command} ${zeros}`, Buffer.alloc(0)));
    t.regex((await readInitramfs(bomb, '/boot/x', { limitBytes })).damage ?? '', /more bytes than any/);
  }
});

test('initramfs file: no such file', async (t) => {
  await t.throwsAsync(readInitramfs(join(folder, 'missing'), '/boot/x'), { code: 'ENOENT' });
});
