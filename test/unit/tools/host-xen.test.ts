import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { cannotUnpackHere, isDom0 } from '../../../src/tools/host-xen.js';

/** The string table of a library that needs these, as the linker writes it. */
const library = (...needed: readonly string[]): Buffer => Buffer.from(`\x7fELF…\0${needed.join('\0')}\0`);

// What `readelf -d` says of Debian's libxenguest (NEEDED); bzip2 and lzo are missing in all of them.
const libraries: readonly [string, Readonly<Record<string, Buffer>>, readonly string[]][] = [
  ['no Xen', {}, []],
  [
    'Xen 4.11',
    { 'libxenguest-4.11.so': library('libxenctrl-4.11.so', 'liblzma.so.5', 'libz.so.1') },
    ['zstd', 'bzip2', 'lzo'],
  ],
  [
    'Xen 4.14',
    { 'libxenguest.so.4.14': library('libxenctrl.so.4.14', 'liblzma.so.5', 'libz.so.1', 'libc.so.6') },
    ['zstd', 'bzip2', 'lzo'],
  ],
  [
    'Xen 4.17 beside 4.9',
    {
      'libxenguest-4.9.so': library('libz.so.1'),
      'libxenguest.so.4.17': library('libxenctrl.so.4.17', 'liblzma.so.5', 'libzstd.so.1', 'libz.so.1'),
      'libxenguest.a': library(),
    },
    ['bzip2', 'lzo'],
  ],
  [
    'everything',
    { 'libxenguest.so.4.20': library('libbz2.so.1.0', 'liblzma.so.5', 'liblzo2.so.2', 'libzstd.so.1') },
    [],
  ],
];

for (const [title, files, missing] of libraries) {
  test(title, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'host-xen-'));
    t.teardown(() => rm(folder, { recursive: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    t.deepEqual(await cannotUnpackHere([join(folder, 'nosuch'), folder]), missing);
  });
}

const dom0With = (capabilities: string) =>
  withDir(
    async ({ path }) => {
      const file = join(path, 'capabilities');
      await writeFile(file, capabilities);
      return isDom0(file);
    },
    { unsafeCleanup: true },
  );

test('a dom0 is what Xen says has control; a domU and a host without Xen are none', async (t) => {
  t.true(await dom0With('control_d\n'));
  t.false(await dom0With(''));
  t.false(await isDom0('/nonexistent/capabilities'));
});
