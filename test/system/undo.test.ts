import { existsSync } from 'node:fs';
import { link, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, type Run, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { problemsOf } from './untouched.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

let base = '';

test.before(async () => {
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

type Kind = 'raw' | 'qcow2' | 'vhd' | 'block device';

interface Guest {
  readonly folder: string;
  readonly image: string;
  readonly format: string;
  readonly record: string;
  readonly recordText: string;
  /** SHA-256 of the disk as the guest sees it. */
  readonly original: string;
}

const qemuFormats = { raw: 'raw', qcow2: 'qcow2', vhd: 'vpc', 'block device': 'raw' } as const;

/** A guest that a conversion changes, with the xl configuration of an HVM. */
async function makeGuest(t: ExecutionContext, kind: Kind): Promise<Guest> {
  const folder = await testFolder(t);
  const raw = join(folder, 'guest.raw');
  await makeTinyGuest(base, raw);
  const format = qemuFormats[kind];
  const image = await placeAs(t, kind, raw);
  const record = join(folder, 'web1.cfg');
  const recordText = `name = "web1"\nbuilder = "hvm"\nmemory = 512\ndisk = [ "${image},${kind === 'vhd' ? 'vhd' : format},hda,w" ]\n`;
  await writeFile(record, recordText);
  return { folder, image, format, record, recordText, original: await visible(image, format) };
}

async function placeAs(t: ExecutionContext, kind: Kind, raw: string): Promise<string> {
  if (kind === 'raw') return raw;
  if (kind === 'block device') {
    const { stdout } = await execa`losetup --show -f ${raw}`;
    t.teardown(() => execa`losetup -d ${stdout}`);
    return stdout;
  }
  const image = raw.replace(/raw$/, kind);
  await execa`qemu-img convert -f raw -O ${qemuFormats[kind]} ${raw} ${image}`;
  await rm(raw);
  return image;
}

/** SHA-256 of what a guest sees on the disk. */
async function visible(image: string, format: string): Promise<string> {
  if (format === 'raw') return (await execa`sha256sum ${image}`).stdout.slice(0, 64);
  const copy = `${image}.visible`;
  await execa`qemu-img convert -f ${format} -O raw ${image} ${copy}`;
  const { stdout } = await execa`sha256sum ${copy}`;
  await rm(copy);
  return stdout.slice(0, 64);
}

async function convert({ folder, image, record }: Guest): Promise<Run> {
  return convertImage(folder, [...address, '--record', `xl:${record}`, '--json', image]);
}

const undo = ({ folder, image }: Guest, ...args: readonly string[]): Promise<Run> =>
  convertImage(folder, ['undo', '--json', ...args, image]);

/** What `status` tells, one object a conversion. */
async function conversionsIn(folder: string): Promise<readonly Record<string, unknown>[]> {
  const { events } = await convertImage(folder, ['status', '--json']);
  return events.filter(({ type }) => type === 'conversion');
}

const kinds: readonly Kind[] = ['raw', 'qcow2', 'vhd', 'block device'];

for (const kind of kinds) {
  test(`${kind}: undo gives back image and record, bit for bit`, async (t) => {
    t.timeout(120_000);
    const guest = await makeGuest(t, kind);
    const { folder, image, format, record, recordText, original } = guest;
    const run = await convert(guest);
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    t.not(await visible(image, format), original);
    t.regex(await readFile(record, 'latin1'), /type = "pv"/);
    const [conversion] = await conversionsIn(folder);
    t.like(conversion, { disk: image, state: 'converted' });
    const back = await undo(guest);
    t.is(back.exitCode, 0, back.stdout + back.stderr);
    t.like(back.events.at(-1), { outcome: 'undone' });
    t.is(await visible(image, format), original);
    t.is(await readFile(record, 'latin1'), recordText);
    t.deepEqual(await conversionsIn(folder), []);
    t.deepEqual(await readdir(join(folder, 'state', 'work')), []);
    t.deepEqual(await readdir(join(folder, 'state', 'conversions')), []);
  });
}

test('the undo archive gives back the original without this program, too', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const run = await convert(guest);
  const archive = run.events.find(({ type }) => type === 'undo-archive');
  t.is(typeof archive?.bytes, 'number');
  await execa`qemu-img commit -q -d -f qcow2 ${String(archive?.path)}`;
  t.is(await visible(guest.image, 'raw'), guest.original);
});

test('a configuration that the conversion wrote is removed, one that was changed since is kept', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image, original } = guest;
  const written = `${image}.pv.cfg`;
  for (const isChanged of [false, true]) {
    t.is((await convertImage(folder, [...address, image])).exitCode, 0);
    t.true(existsSync(written));
    if (isChanged) await writeFile(written, '# mine\n', { flag: 'a' });
    t.is((await undo(guest)).exitCode, 0);
    t.is(existsSync(written), isChanged);
    t.is(await visible(image, 'raw'), original);
  }
});

test('the conversion is found by any name of the image', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image, original } = guest;
  const names = [join(folder, 'hard.raw'), join(folder, 'soft.raw')] as const;
  await link(image, names[0]);
  await symlink(image, names[1]);
  for (const name of names) {
    t.is((await convert(guest)).exitCode, 0);
    t.is((await undo({ ...guest, image: name })).exitCode, 0);
    t.is(await visible(image, 'raw'), original);
  }
});

test('a new time stamp alone is no change', async (t) => {
  const guest = await makeGuest(t, 'raw');
  await convert(guest);
  await utimes(guest.image, 1, 1);
  const back = await undo(guest);
  t.is(back.exitCode, 0, back.stdout);
  t.is(await visible(guest.image, 'raw'), guest.original);
});

/** What a kernel does to a file system that it mounts, and some writing. */
async function runGuest(image: string, folder: string): Promise<void> {
  const script =
    'set -e; mount -o loop "$1" "$2"; for n in $(seq 300); do mkdir "$2/d$n"; echo $n >"$2/d$n/file"; done; umount "$2"';
  const mountPoint = join(folder, 'mount');
  await execa`mkdir -p ${mountPoint}`;
  await execa`unshare --mount sh -c ${script} sh ${image} ${mountPoint}`;
}

test('a guest that has run since is not overwritten: refused, and what can be done instead', async (t) => {
  t.timeout(60_000);
  const guest = await makeGuest(t, 'raw');
  const { folder, image, record, recordText } = guest;
  await convert(guest);
  await runGuest(image, folder);
  const now = await visible(image, 'raw');
  const refused = await undo(guest);
  t.is(refused.exitCode, 3, refused.stdout);
  t.like(problemsOf(refused)[0], { code: 'image-changed' });
  t.regex(await readFile(record, 'latin1'), /type = "pv"/);

  const damaging = await undo(guest, '--discard-changes');
  t.is(damaging.exitCode, 3, damaging.stdout);
  t.like(problemsOf(damaging)[0], { code: 'undo-would-damage' });
  t.is(await visible(image, 'raw'), now);

  const recordOnly = await undo(guest, '--record-only');
  t.is(recordOnly.exitCode, 0, recordOnly.stdout);
  t.is(await readFile(record, 'latin1'), recordText);
  t.is(await visible(image, 'raw'), now);
});

test('changes that leave the file systems sound are discarded when asked to', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { image, original } = guest;
  await convert(guest);
  await execa`debugfs -w -R ${'set_super_value mtime 20260101'} ${image}`;
  t.is((await undo(guest)).exitCode, 3);
  const back = await undo(guest, '--discard-changes');
  t.is(back.exitCode, 0, back.stdout);
  t.is(await visible(image, 'raw'), original);
});

test('a record that somebody has edited since is not overwritten', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { image, record, original } = guest;
  await convert(guest);
  await writeFile(record, '# more memory\n', { flag: 'a' });
  const edited = await readFile(record, 'latin1');
  const converted = await visible(image, 'raw');
  const failed = await undo(guest);
  t.is(failed.exitCode, 6, failed.stdout);
  t.like(problemsOf(failed)[0], { code: 'record-not-flipped' });
  t.regex(problemsOf(failed)[0]?.remedy ?? '', /--keep-record/);
  t.is(await visible(image, 'raw'), converted);
  t.is((await undo(guest, '--keep-record')).exitCode, 0);
  t.is(await visible(image, 'raw'), original);
  t.is(await readFile(record, 'latin1'), edited);
});

test('forget drops the archive; undo then knows of nothing', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image } = guest;
  await convert(guest);
  const forgotten = await convertImage(folder, ['forget', '--json', image]);
  t.is(forgotten.exitCode, 0, forgotten.stdout);
  t.deepEqual(await readdir(join(folder, 'state', 'conversions')), []);
  t.like(problemsOf(await undo(guest))[0], { code: 'nothing-to-undo' });
  t.like(problemsOf(await convertImage(folder, ['forget', '--json', image]))[0], { code: 'nothing-to-undo' });
});

/** What a person may do in a guest after its conversion, so that there is something to convert once more. */
async function spoilMenu({ folder, image }: Guest): Promise<void> {
  const config = join(folder, 'grub.cfg');
  await execa`debugfs -R ${`dump /boot/grub/grub.cfg ${config}`} ${image}`;
  await writeFile(config, (await readFile(config, 'latin1')).replace(/ ro\b/, ' ro xen_nopv'));
  await execa`debugfs -w -R ${'rm /boot/grub/grub.cfg'} ${image}`;
  await execa`debugfs -w -R ${`write ${config} /boot/grub/grub.cfg`} ${image}`;
}

test('of two conversions the last one is undone first', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image } = guest;
  await convert(guest);
  await spoilMenu(guest);
  const between = await visible(image, 'raw');
  const again = await convert(guest);
  t.like(again.events.at(-1), { outcome: 'converted' }, again.stdout);
  t.is((await conversionsIn(folder)).length, 2);
  t.is((await undo(guest)).exitCode, 0);
  t.is(await visible(image, 'raw'), between);
  t.like(problemsOf(await undo(guest))[0], { code: 'image-changed' });
});

test('the kernel that dom0 keeps for a guest stays while an earlier conversion’s record names it', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image, record } = guest;
  const kept = join(`${image}.pv-boot`, 'vmlinuz');
  const args = [...address, '--boot-with', 'kernel', '--record', `xl:${record}`, '--json', image];
  await convertImage(folder, args);
  await spoilMenu(guest);
  const again = await convertImage(folder, args);
  t.like(again.events.at(-1), { outcome: 'converted' }, again.stdout);
  t.is((await undo(guest)).exitCode, 0);
  t.true(existsSync(kept));
  t.true((await readFile(record, 'latin1')).includes(kept));
});

test('without FUSE the archive is made and used all the same', async (t) => {
  t.timeout(180_000);
  const guest = await makeGuest(t, 'raw');
  const { folder, image, record, original } = guest;
  const unusable = join(folder, 'no-fuse');
  await writeFile(unusable, '');
  const script = 'mount --bind "$0" /dev/fuse && mount -o remount,bind,ro /dev/fuse && exec "$@"';
  const hide = ['unshare', '--mount', 'sh', '-c', script, unusable];
  const args = [...address, '--record', `xl:${record}`, image];
  const run = await convertImage(folder, args, {}, hide);
  t.is(run.exitCode, 0, run.stderr);
  t.not(await visible(image, 'raw'), original);
  const back = await convertImage(folder, ['undo', image], {}, hide);
  t.is(back.exitCode, 0, back.stderr);
  t.is(await visible(image, 'raw'), original);
});

test('a journal that can not be read stops everything that would go by it', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image } = guest;
  await convert(guest);
  const [name = ''] = await readdir(join(folder, 'state', 'conversions'));
  await writeFile(join(folder, 'state', 'conversions', name, 'journal'), '{"state":"dancing"}\n');
  const before = await visible(image, 'raw');
  for (const run of [await convert(guest), await undo(guest)]) {
    t.is(run.exitCode, 3, run.stdout);
    t.true(problemsOf(run).some(({ code }) => code === 'journal-damaged'));
  }
  t.like((await conversionsIn(folder))[0], { state: 'damaged' });
  t.is(await visible(image, 'raw'), before);
});

test('a half written image is not looked at, its archive is not dropped, and another file is not taken for it', async (t) => {
  const guest = await makeGuest(t, 'raw');
  const { folder, image } = guest;
  await convert(guest);
  const [name = ''] = await readdir(join(folder, 'state', 'conversions'));
  const journal = join(folder, 'state', 'conversions', name, 'journal');
  const [first] = (await readFile(journal, 'utf8')).split('\n');
  await writeFile(journal, `${first}\n`);
  const codeOf = async (...args: readonly string[]) =>
    problemsOf(await convertImage(folder, [...args, '--json', image]))[0]?.code;
  t.is(await codeOf('plan', ...address), 'conversion-interrupted');
  t.is(await codeOf('forget'), 'forget-interrupted');
  await execa`cp ${image} ${image}.copy`;
  await execa`mv ${image}.copy ${image}`;
  t.is(await codeOf(...address), 'image-replaced');
  t.is(await codeOf('forget'), undefined);
  t.is(await codeOf('plan', ...address), undefined);
});
