/** A guest with a disk of 200 GB, most of it empty: what is kept for it depends on what is changed, not on the disk. */
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { convertImage, copyOfGuest, rootOffset, testFolder } from './program.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];
const megabyte = 1024 * 1024;
const root = (image: string): string => `${image}?offset=${rootOffset}`;

/** What a file takes on its disk. */
const storedBytes = async (path: string): Promise<number> => (await stat(path)).blocks * 512;

/** Makes a `bookworm` guest's disk 200 GB large, its root partition and the file system in it 199. */
async function grow(image: string): Promise<void> {
  await truncate(image, 200 * 1024 * megabyte);
  await execa('e2fsck', ['-fy', root(image)], { reject: false });
  // Of a file it cuts off what is behind that size, as if there were no offset.
  await execa('resize2fs', [root(image), '199G']);
  await truncate(image, 200 * 1024 * megabyte);
  await execa('sfdisk', ['-q', '--relocate', 'gpt-bak-std', image]);
  await execa('sfdisk', ['-q', '--no-reread', '-N', '1', image], { input: ',199G\n' });
  await execa('e2fsck', ['-fn', root(image)]);
}

test('a disk of 200 GB is converted directly and taken back, and little is stored for it', async (t) => {
  t.timeout(300_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  await grow(image);
  const original = join(folder, 'original.raw');
  await execa('cp', ['--sparse=auto', image, original]);
  const before = await storedBytes(image);
  const run = await convertImage(folder, ['--json', '--access', 'direct', ...address, image]);
  t.is(run.exitCode, 0, run.stdout);
  const archive = run.events.find(({ type }) => type === 'undo-archive');
  t.true((await storedBytes(String(archive?.path))) < 32 * megabyte);
  t.true((await storedBytes(image)) < before + 32 * megabyte);
  await execa('e2fsck', ['-fn', root(image)]);
  const differs = await execa('qemu-img', ['compare', '-q', '-f', 'raw', '-F', 'raw', image, original], {
    reject: false,
  });
  t.is(differs.exitCode, 1);
  const undo = await convertImage(folder, ['undo', image]);
  t.is(undo.exitCode, 0, undo.stderr);
  const same = await execa('qemu-img', ['compare', '-q', '-f', 'raw', '-F', 'raw', image, original]);
  t.is(same.exitCode, 0);
  t.true((await storedBytes(image)) < before + 32 * megabyte);
});
