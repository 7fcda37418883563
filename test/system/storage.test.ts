import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { checksum, convertImage, copyOfGuest, guestText, type Run, testFolder } from './program.js';
import { failsUntouched } from './untouched.js';

const keep = ['--keep-dhcp', '--record', 'none'];
const megabyte = 1024 * 1024;

/** A tree that is recognised as a Debian 12, and no more. */
async function systemTree(folder: string, fstab: string): Promise<string> {
  const tree = join(folder, 'tree');
  for (const name of ['etc', 'bin', 'boot', 'usr', 'var', 'sbin'])
    await mkdir(join(tree, name), { recursive: true });
  await writeFile(join(tree, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n');
  await writeFile(join(tree, 'etc/fstab'), fstab);
  await cp('/bin/sh', join(tree, 'bin/sh'), { dereference: true });
  return tree;
}

/** A disk of 64 MiB with this partition table (sfdisk(8)); an empty one leaves the disk without a table. */
async function disk(folder: string, table: string): Promise<string> {
  const image = join(folder, 'disk.raw');
  const file = await open(image, 'w');
  await file.truncate(64 * megabyte);
  await file.close();
  if (table !== '') await execa('sfdisk', ['--quiet', image], { input: table });
  return image;
}

interface Place {
  readonly start: number;
  readonly size: number;
  readonly tree?: string;
  readonly type?: string;
  readonly options?: readonly string[];
}

/** Puts an ext file system at a place of the disk; sizes in MiB. */
async function format(
  image: string,
  { start, size, tree, type = 'ext4', options = [] }: Place,
): Promise<void> {
  const offset = `offset=${start * megabyte}`;
  const content = tree === undefined ? [] : ['-d', tree];
  await execa('mke2fs', ['-q', '-F', '-t', type, '-E', offset, ...options, ...content, image, `${size}M`]);
}

interface Facts {
  readonly layout: { readonly fileSystems: readonly Readonly<Record<string, unknown>>[] };
  readonly mounts: readonly object[];
}

function factsIn(t: ExecutionContext, run: Run): Facts {
  const event = run.events.find(({ type }) => type === 'facts');
  t.truthy(event, run.stdout + run.stderr);
  return event?.facts as Facts;
}

const uuid = '11111111-2222-4333-8444-555555555555';

for (const [name, table, start] of [
  ['a GPT', 'label: gpt\nstart=2048,size=65536,name=root\n', 1],
  ['a logical partition', 'label: dos\nstart=2048,size=116736,type=5\nstart=4096,size=65536,type=83\n', 2],
  ['the whole disk', '', 0],
] as const) {
  test(`the root on ${name} is found`, async (t) => {
    const folder = await testFolder(t);
    const image = await disk(folder, table);
    await format(image, { start, size: 32, tree: await systemTree(folder, ''), options: ['-U', uuid] });
    const facts = factsIn(t, await convertImage(folder, ['inspect', '--json', image]));
    const found = facts.layout.fileSystems.find(({ type }) => type === 'ext4');
    t.is(found?.uuid, uuid);
    t.regex(String(found?.features), /metadata_csum/);
    t.deepEqual(facts.mounts, [{ device: found?.device, path: '/' }]);
  });
}

test('/boot and /var of their own are found by fstab', async (t) => {
  const folder = await testFolder(t);
  const image = await disk(folder, 'label: gpt\nsize=20MiB\nsize=8MiB\nsize=8MiB\nsize=8MiB\n');
  const tree = await systemTree(folder, 'LABEL=boot /boot ext2\n/dev/vda3 /var ext3\nLABEL=data /srv ext4\n');
  await format(image, { start: 1, size: 20, tree });
  await format(image, { start: 21, size: 8, type: 'ext2', options: ['-L', 'boot'] });
  await format(image, { start: 29, size: 8, type: 'ext3' });
  await format(image, { start: 37, size: 8, options: ['-L', 'data'] });
  const facts = factsIn(t, await convertImage(folder, ['inspect', '--json', image]));
  t.deepEqual(facts.mounts, [
    { device: '/dev/sda1', path: '/' },
    { device: '/dev/sda2', path: '/boot' },
    { device: '/dev/sda3', path: '/var' },
  ]);
});

test('two systems are refused, and so is a part of the system on another disk', async (t) => {
  const folder = await testFolder(t);
  const image = await disk(folder, 'label: gpt\nsize=20MiB\nsize=20MiB\n');
  const tree = await systemTree(folder, '/dev/sdb1 /var ext4\n');
  await format(image, { start: 1, size: 20, tree });
  const one = { exitCode: 3, code: 'missing-file-system', says: /mounts \/var from \/dev\/sdb1/ };
  await failsUntouched(t, { folder, image, args: keep }, one);
  await format(image, { start: 21, size: 20, tree });
  const two = { exitCode: 3, code: 'several-systems', says: /\/dev\/sda1.*\/dev\/sda2/ };
  await failsUntouched(t, { folder, image, args: keep }, two);
});

test('a suspended guest is refused, whatever is asked for', async (t) => {
  const folder = await testFolder(t);
  const image = await disk(folder, 'label: gpt\nsize=20MiB\nsize=20MiB\n');
  await format(image, { start: 1, size: 20, tree: await systemTree(folder, '') });
  // The kernel's own mark at the end of the first page (kernel/power/swap.c).
  const swap = await open(image, 'r+');
  await swap.write('S1SUSPEND\0', 21 * megabyte + 4086, 'latin1');
  await swap.close();
  const refusal = { exitCode: 3, code: 'hibernated', says: /\/dev\/sda2/ };
  await failsUntouched(t, { folder, image, args: keep }, refusal);
  await failsUntouched(t, { folder, image, args: [...keep, '--replay-journal'] }, refusal);
});

/** Marks a file system as one that was in use when the machine stopped: a journal to replay, with nothing in it. */
const pullThePlug = (image: string, offset: number) =>
  execa('debugfs', ['-w', '-R', 'feature needs_recovery', `${image}?offset=${offset}`]);

test('a journal is replayed only when that is asked for, and in the image only by convert', async (t) => {
  t.timeout(20 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  await pullThePlug(image, 134_217_728);
  const refusal = { exitCode: 3, code: 'file-system-not-clean', says: /was not unmounted cleanly/ };
  await failsUntouched(t, { folder, image, args: keep }, refusal);
  const before = await checksum(image);
  const plan = await convertImage(folder, ['plan', '--json', '--replay-journal', ...keep, image]);
  t.is(plan.exitCode, 0, plan.stdout + plan.stderr);
  t.regex(plan.stdout, /journal-replayed/);
  t.is(await checksum(image), before);
  const run = await convertImage(folder, ['--replay-journal', ...keep, image]);
  t.is(run.exitCode, 0, run.stderr);
  const { stdout } = await execa('dumpe2fs', ['-h', `${image}?offset=134217728`]);
  t.notRegex(stdout, /needs_recovery/);
  t.regex(await guestText(image, '/etc/default/grub'), /hvc0/);
});

test('a layer is converted, what it lies over is only read, and its snapshots stay', async (t) => {
  const folder = await testFolder(t);
  const base = await copyOfGuest(folder, 'bookworm');
  const image = join(folder, 'layer.qcow2');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, image]);
  await execa('qemu-img', ['snapshot', '-c', 'before', image]);
  const sum = await checksum(base);
  const run = await convertImage(folder, [...keep, image]);
  t.is(run.exitCode, 0, run.stderr);
  t.is(await checksum(base), sum);
  const raw = join(folder, 'result.raw');
  await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
  t.regex(await guestText(raw, '/etc/default/grub'), /hvc0/);
  // The snapshot still is the guest as it was.
  await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', '-l', 'before', image, raw]);
  t.is(await checksum(raw), sum);
});

test('a base that somebody writes to is in use', async (t) => {
  const folder = await testFolder(t);
  const base = await copyOfGuest(folder, 'no-os');
  const image = join(folder, 'layer.qcow2');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, image]);
  const writer = await open(base, 'r+');
  t.teardown(() => writer.close());
  const refusal = { exitCode: 3, code: 'image-in-use', says: /in use/ };
  await failsUntouched(t, { folder, image, args: keep }, refusal);
});

test('--boot-with kernel keeps kernel and initramfs in dom0, and the record names them', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const run = await convertImage(folder, ['--keep-dhcp', '--boot-with', 'kernel', image]);
  t.is(run.exitCode, 0, run.stderr);
  const record = await readFile(`${image}.pv.cfg`, 'latin1');
  t.regex(
    record,
    new RegExp(
      `kernel = "${image}.pv-boot/vmlinuz"\nramdisk = "${image}.pv-boot/initrd.img"\ncmdline = "root=`,
    ),
  );
  for (const [copy, original] of [
    ['vmlinuz', 'vmlinuz'],
    ['initrd.img', 'initrd.img'],
  ] as const) {
    const kept = await readFile(`${image}.pv-boot/${copy}`, 'latin1');
    const { stdout } = await execa('debugfs', ['-R', 'ls -p /boot', `${image}?offset=134217728`]);
    const name = new RegExp(`/(${original}-[^/]*)/`).exec(stdout)?.[1] ?? '';
    t.true(kept === (await guestBytes(image, `/boot/${name}`)), name);
  }
});

async function guestBytes(image: string, path: string): Promise<string> {
  const options = { encoding: 'buffer', maxBuffer: 256 * megabyte } as const;
  const { stdout } = await execa('debugfs', ['-R', `cat ${path}`, `${image}?offset=134217728`], options);
  return Buffer.from(stdout).toString('latin1');
}
