import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { withArchive } from '../../../src/boot-test/boot-archive.js';

test('the files are in the archive under their names, and the archive is gone afterwards', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'boot-archive-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const files = { kernel: join(folder, 'vmlinuz'), initramfs: join(folder, 'initrd.img') };
  await writeFile(files.kernel, 'k');
  await writeFile(files.initramfs, 'i');
  const path = await withArchive(files, folder, async (archive = '', names) => {
    t.deepEqual(names, { kernel: 'vmlinuz', initramfs: 'initrd.img' });
    t.is((await execa('tar', ['-tf', archive])).stdout, 'vmlinuz\ninitrd.img');
    return archive;
  });
  await t.throwsAsync(access(path));
});

test('without files there is no archive', async (t) => {
  t.is(await withArchive(undefined, '/nosuch', async (archive) => archive), undefined);
});
