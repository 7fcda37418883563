import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { membersOf } from '../../../src/tools/deb-archive.js';
import { contentsOf, controlOf } from '../../../src/tools/dpkg-deb.js';
import { repackUncompressed } from '../../../src/tools/repack-deb.js';

const { signal } = new AbortController();

async function folderFor(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A package as dpkg-deb itself makes it. */
async function packageIn(folder: string, compression: string): Promise<string> {
  const script = `mkdir -p tree/DEBIAN tree/boot && cd tree &&
    printf 'Package: sample\\nVersion: 1:2.3-4\\nArchitecture: all\\nMaintainer: A <a@b.example>\\nDescription: x\\n' >DEBIAN/control &&
    seq 1000 >'boot/a file' && : >boot/empty && ln -s empty boot/link && ln boot/empty boot/other &&
    cd .. && dpkg-deb --root-owner-group -Z${compression} --build tree sample.deb`;
  await execa({ cwd: folder })`bash -euc ${script}`;
  return join(folder, 'sample.deb');
}

for (const compression of ['xz', 'gzip', 'none']) {
  test(`a package compressed with ${compression} says the same without`, async (t) => {
    const folder = await folderFor(t);
    const original = await packageIn(folder, compression);
    const plain = join(folder, 'plain.deb');
    await repackUncompressed(original, plain, signal);
    const members = await membersOf(plain);
    t.deepEqual(
      members.map(({ name }) => name.replace(/(control\.tar).*/, '$1')),
      ['debian-binary', 'control.tar', 'data.tar'],
    );
    for (const part of ['--info', '--contents', '--fsys-tarfile', '--ctrl-tarfile']) {
      const say = (path: string) => execa({ encoding: 'buffer' })`dpkg-deb ${part} ${path}`;
      const [before, after] = [(await say(original)).stdout, (await say(plain)).stdout];
      // The first lines of --info tell the sizes.
      if (part !== '--info') t.deepEqual(after, before, part);
    }
    t.is(await controlOf(plain, signal), await controlOf(original, signal));
  });
}

test('what is in a package: sizes of files, no size of links', async (t) => {
  const folder = await folderFor(t);
  const contents = await contentsOf(await packageIn(folder, 'xz'), signal);
  t.deepEqual(contents.map(({ path, bytes }) => `${path} ${bytes}`).sort(), [
    '/ 0',
    '/boot/ 0',
    '/boot/a file 3893',
    '/boot/empty 0',
    '/boot/link 0',
    '/boot/other 0',
  ]);
});

const damaged: readonly [string, (bytes: Buffer) => Buffer][] = [
  ['cut in its middle', (bytes) => bytes.subarray(0, bytes.length - 200)],
  ['empty', () => Buffer.alloc(0)],
  ['not an archive', () => Buffer.from('MZ this is a Windows program'.repeat(20))],
  [
    'a part of no size',
    (bytes) => Buffer.concat([bytes.subarray(0, 56), Buffer.from('x'), bytes.subarray(57)]),
  ],
];

for (const [title, damage] of damaged) {
  test(`a package that is ${title} is refused`, async (t) => {
    const folder = await folderFor(t);
    const original = await packageIn(folder, 'xz');
    await writeFile(original, damage(await readFile(original)));
    await t.throwsAsync(repackUncompressed(original, join(folder, 'plain.deb'), signal), {
      message: /package/,
    });
  });
}
