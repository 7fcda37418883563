/** File systems in which the last block or the last inode is taken: there, too, a guest is converted or left as it was. */
import { chmodSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { program, withMounted } from './ext-images.js';
import { checksum, convertImage, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests, removeTinyGuests, type TinyFiles } from './tiny-guest.js';
import { failsUntouched } from './untouched.js';

const args = ['--access', 'direct', '--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];
let base = '';
test.before(async (t) => {
  t.timeout(300_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
});
test.after.always(() => removeTinyGuests(base));

/** Writes until there is no block left for this user, in smaller and smaller pieces. */
async function fill(top: string, user: number): Promise<void> {
  letKernelUseAll(top);
  const script = 'for size in 1M 4k 1k; do dd if=/dev/zero of=filler-$size bs=$size; done';
  // From inside: another user may not walk there.
  const options = { reject: false, cwd: `${top}/var/room` };
  await program(options)`setpriv --reuid ${user} --clear-groups sh -c ${script}`;
}

/** The kernel keeps some blocks for itself, so as never to be stuck (s_resv_clusters); a file system that it didn't fill may have none. */
function letKernelUseAll(top: string): void {
  const { dev } = statSync(top);
  const name = basename(realpathSync(`/sys/dev/block/${dev >> 8}:${dev & 0xff}`));
  writeFileSync(`/sys/fs/ext4/${name}/reserved_clusters`, '0');
}

/** Creates files without content until there is no inode left. */
function takeInodes(top: string): void {
  for (let number = 0; ; number += 1) {
    try {
      writeFileSync(`${top}/var/room/${number}`, '');
    } catch (error) {
      if (String(error).includes('ENOSPC')) return;
      throw error;
    }
  }
}

/** A guest that needs a new file, and one whose files only change. */
const needsFile: TinyFiles = {
  '/etc/cloud/cloud.cfg': 'users:\n - default\n',
  '/etc/cloud/cloud.cfg.d/90_dpkg.cfg': 'datasource_list: [ NoCloud, None ]\n',
  '/var/lib/dpkg/status':
    'Package: ifupdown\nStatus: install ok installed\nVersion: 0.8.41\n\nPackage: cloud-init\nStatus: install ok installed\nVersion: 22.4\n',
};

interface Crowded {
  readonly folder: string;
  readonly image: string;
}

/** A tiny guest whose file system has been filled like that. */
async function crowded(
  t: ExecutionContext,
  files: TinyFiles,
  options: readonly string[],
  crowd: (top: string) => unknown,
): Promise<Crowded> {
  const folder = await testFolder(t);
  const image = join(folder, 'disk.raw');
  await makeTinyGuest(base, image, files, options);
  await withMounted(image, 'rw', async (top) => {
    mkdirSync(`${top}/var/room`);
    chmodSync(`${top}/var/room`, 0o777);
    await crowd(top);
  });
  return { folder, image };
}

/** What dumpe2fs says is free. */
async function free(image: string, what: 'blocks' | 'inodes'): Promise<number> {
  const { stdout } = await program`dumpe2fs -h ${image}`;
  return Number(new RegExp(`^Free ${what}: +(\\d+)$`, 'm').exec(String(stdout))?.[1]);
}

/** Converts it, lets e2fsck look, and takes it back. */
async function convertsAndReturns(t: ExecutionContext, { folder, image }: Crowded): Promise<void> {
  const before = await checksum(image);
  const run = await convertImage(folder, [...args, image]);
  t.is(run.exitCode, 0, run.stderr);
  t.not(await checksum(image), before);
  await t.notThrowsAsync(program`e2fsck -fn ${image}`);
  const undo = await convertImage(folder, ['undo', image]);
  t.is(undo.exitCode, 0, undo.stderr);
  t.is(await checksum(image), before);
}

for (const blockBytes of [1024, 4096]) {
  const options = ['-b', String(blockBytes), '-m', '0'];
  test(`no block of ${blockBytes} bytes is free: files change in place`, async (t) => {
    const at = await crowded(t, {}, options, (top) => fill(top, 0));
    t.is(await free(at.image, 'blocks'), 0);
    await convertsAndReturns(t, at);
  });

  test(`no block of ${blockBytes} bytes is free: a new file has no room`, async (t) => {
    const at = await crowded(t, needsFile, options, (top) => fill(top, 0));
    t.is(await free(at.image, 'blocks'), 0);
    const says = new RegExp(
      `no room on /dev/sda for the guest's /etc/cloud/.*: 0 blocks of ${blockBytes} bytes and \\d+ inodes`,
    );
    await failsUntouched(t, { ...at, args }, { exitCode: 4, code: 'failed', says, remedy: /make room/ });
  });
}

test('no inode is free: files change in place, and a new one has no room', async (t) => {
  const [without, withNew] = [
    await crowded(t, {}, ['-N', '200'], takeInodes),
    await crowded(t, needsFile, ['-N', '200'], takeInodes),
  ];
  for (const { image } of [without, withNew]) t.is(await free(image, 'inodes'), 0);
  await convertsAndReturns(t, without);
  const says = /no room on \/dev\/sda for the guest's \/etc\/cloud\/.*: \d+ blocks of \d+ bytes and 0 inodes/;
  await failsUntouched(t, { ...withNew, args }, { exitCode: 4, code: 'failed', says, remedy: /make room/ });
});

test('what is free is reserved for root, as whom this program works', async (t) => {
  const at = await crowded(t, needsFile, ['-m', '5'], (top) => fill(top, 1000));
  const { stdout } = await program`dumpe2fs -h ${at.image}`;
  const reserved = Number(/^Reserved block count: +(\d+)$/m.exec(String(stdout))?.[1]);
  const left = await free(at.image, 'blocks');
  t.true(left > 0 && left <= reserved, `${left} free, ${reserved} reserved`);
  await convertsAndReturns(t, at);
});
