import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { findPygrub } from '../../src/tools/pygrub.js';
import { checksum, convertImage, copyOfGuest, guestText, rootOffset, testFolder } from './program.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];
const rootUuid = 'b00c0000-0012-4000-8000-000000000001';

/** What each guest must hold afterwards and must not hold any more, as a person would check it by hand. */
const guests = {
  bookworm: {
    '/etc/network/interfaces': {
      has: [
        'iface enX0 inet static\n',
        'address 18.181.3.4\n',
        'netmask 255.255.0.0\n',
        'gateway 18.181.0.1\n',
        '# The primary network interface.',
      ],
      hasNot: ['dhcp\n'],
    },
    '/boot/grub/grub.cfg': { has: ['console=tty0 console=hvc0'], hasNot: ['linux.*ttyS0'] },
    '/etc/default/grub': { has: ['console=tty0 console=hvc0'], hasNot: ['ttyS0,'] },
  },
  'bookworm-root-by-device': {
    '/etc/fstab': { has: [`UUID=${rootUuid}`], hasNot: ['/dev/sda1'] },
    '/boot/grub/grub.cfg': { has: [`root=UUID=${rootUuid} ro`], hasNot: ['root=/dev/sda1'] },
    '/etc/default/grub': { has: [], hasNot: ['^GRUB_DISABLE_LINUX_UUID=.?true'] },
  },
  'bookworm-emulated-nic': {
    '/etc/network/interfaces': {
      has: ['auto enX0', 'iface enX0 inet static', 'iface enX0 inet6 auto'],
      hasNot: ['^[^#]*ens3'],
    },
  },
  'bookworm-serial-only': {
    '/boot/grub/grub.cfg': { has: ['console=hvc0'], hasNot: ['linux.*ttyS0'] },
  },
} as const;

for (const name of Object.keys(guests) as (keyof typeof guests)[]) {
  test(`${name}: converted, every promised file reads as it should`, async (t) => {
    t.timeout(180_000);
    const folder = await testFolder(t);
    const image = await copyOfGuest(folder, name);
    const run = await convertImage(folder, [...address, '--json', image]);
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    t.is(run.events.at(-1)?.outcome, 'converted');
    for (const [path, { has, hasNot }] of Object.entries(guests[name])) {
      const text = await guestText(image, path);
      for (const part of has) t.true(text.includes(part), `${path} has ${part}: ${text}`);
      for (const part of hasNot) t.notRegex(text, new RegExp(part, 'm'), path);
    }
    await isSound(t, image);
    await bootsWithPygrub(t, folder, image);
  });
}

test('the login on hvc0 is enabled and that on ttyS0 gone, where the getty generator is off', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-serial-only');
  t.is((await convertImage(folder, [...address, image])).exitCode, 0);
  const names = await listing(image, '/etc/systemd/system/getty.target.wants');
  t.true(names.includes('serial-getty@hvc0.service'));
  t.false(names.includes('serial-getty@ttyS0.service'));
});

test('a qcow2 image is converted like a raw one', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const raw = await copyOfGuest(folder, 'bookworm');
  const qcow2 = join(folder, 'guest.qcow2');
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  for (const image of [raw, qcow2]) t.is((await convertImage(folder, [...address, image])).exitCode, 0);
  const back = join(folder, 'back.raw');
  await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', qcow2, back]);
  t.deepEqual(await treeSums(t, back), await treeSums(t, raw));
});

test('nothing but the planned files differs afterwards, directly and through the appliance alike', async (t) => {
  t.timeout(300_000);
  const folder = await testFolder(t);
  const original = await copyOfGuest(folder, 'bookworm-root-by-device');
  const direct = join(folder, 'direct.raw');
  const appliance = join(folder, 'appliance.raw');
  for (const copy of [direct, appliance]) await execa('cp', ['--sparse=always', original, copy]);
  const run = await convertImage(folder, [...address, '--json', '--access', 'direct', direct]);
  t.is(run.exitCode, 0, run.stdout);
  t.is((await convertImage(folder, [...address, '--access', 'appliance', appliance])).exitCode, 0);
  const before = await treeSums(t, original);
  const after = await treeSums(t, direct);
  const changed = [...after.keys()].filter((path) => before.get(path) !== after.get(path)).sort();
  t.deepEqual(changed, plannedPaths(run.events));
  t.deepEqual([...before.keys()].sort(), [...after.keys()].sort());
  t.deepEqual(await treeSums(t, appliance), after);
});

test('a second run finds a PV guest and changes nothing', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm-emulated-nic');
  await convertImage(folder, [...address, image]);
  const sum = await checksum(image);
  const again = await convertImage(folder, [...address, '--json', image]);
  t.is(again.exitCode, 0);
  t.is(again.events.at(-1)?.outcome, 'already-pv');
  t.is(await checksum(image), sum);
  t.is((await convertImage(folder, ['verify', image])).exitCode, 0);
});

test('plan shows the diff that convert applies, and inspect, plan and verify write nothing', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const sum = await checksum(image);
  const planned = await convertImage(folder, ['plan', ...address, '--json', image]);
  t.is((await convertImage(folder, ['inspect', image])).exitCode, 0);
  t.is((await convertImage(folder, ['verify', image])).exitCode, 5);
  t.is(await checksum(image), sum);
  t.false(existsSync(`${image}.pv.cfg`));
  const converted = await convertImage(folder, [...address, '--json', image]);
  t.deepEqual(stepsIn(converted.events), stepsIn(planned.events));
});

test('the next update-grub in the guest writes the boot entries that the conversion wrote', async (t) => {
  t.timeout(300_000);
  const folder = await testFolder(t);
  for (const name of ['bookworm', 'bookworm-root-by-device']) {
    const image = await copyOfGuest(folder, name);
    t.is((await convertImage(folder, [...address, image])).exitCode, 0);
    const before = await guestText(image, '/boot/grub/grub.cfg');
    const environment = {
      LIBGUESTFS_BACKEND: 'direct',
      LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg',
      TMPDIR: folder,
    };
    const commands = 'run\nmount /dev/sda1 /\nsh "update-grub"\n';
    await execa('guestfish', ['--rw', '--format=raw', '-a', image], { input: commands, env: environment });
    t.deepEqual(bootLines(await guestText(image, '/boot/grub/grub.cfg')), bootLines(before), name);
  }
});

test('an xl configuration that names the image is turned to PV and reads back so', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const record = join(folder, 'web1.cfg');
  const mac = 'mac=00:16:3e:11:22:33,bridge=br0';
  await writeFile(
    record,
    `# web1, ask Anna before touching\nname = "web1"\nbuilder = "hvm"\nmemory = 512\ndisk = [ "file:${image},hda,w" ]\nvif = [ "type=ioemu,${mac}" ]\nvnc = 1\n`,
  );
  const run = await convertImage(folder, [...address, '--record', `xl:${record}`, '--json', image]);
  t.is(run.exitCode, 0, run.stdout);
  const text = await readFile(record, 'utf8');
  t.true(text.startsWith('# web1, ask Anna before touching\nname = "web1"\n'));
  t.regex(text, /^type\s*=\s*"pv"/m);
  t.regex(text, /^bootloader\s*=\s*"pygrub"/m);
  t.notRegex(text, /hvm|ioemu|hda|vnc/);
  t.true(text.includes(mac));
});

/** What decides what boots. The appliance has other disks than the guest, so GRUB's hints for finding them differ. */
const bootLines = (config: string): string[] =>
  config
    .split('\n')
    .filter((line) => /^\s*(linux|initrd|menuentry|submenu|set default|set timeout)\b/.test(line));

/** e2fsck finds nothing to mend. */
async function isSound(t: ExecutionContext, image: string): Promise<void> {
  const { exitCode, all } = await execa('e2fsck', ['-fn', `${image}?offset=${rootOffset}`], {
    reject: false,
    all: true,
  });
  t.is(exitCode, 0, all);
}

/** The real pygrub takes the same kernel and initramfs, byte for byte, as are in the guest. */
async function bootsWithPygrub(t: ExecutionContext, folder: string, image: string): Promise<void> {
  const pygrub = (await findPygrub()) ?? '';
  const target = await mkdtemp(join(folder, 'pygrub-'));
  const { stdout } = await execa(pygrub, [
    '-q',
    '--output-format=simple',
    `--output-directory=${target}`,
    image,
  ]);
  t.regex(stdout, /^kernel .*boot_kernel/m);
  t.regex(stdout, /^ramdisk .*boot_ramdisk/m);
  t.regex(stdout, new RegExp(`^args root=UUID=${rootUuid} ro .*console=hvc0`, 'm'));
  t.notRegex(stdout, /ttyS0/);
}

async function listing(image: string, directory: string): Promise<string> {
  const { stdout } = await execa('debugfs', ['-R', `ls -p ${directory}`, `${image}?offset=${rootOffset}`]);
  return stdout;
}

/** Every path of the root file system with type, mode, owner, size and content, read by the kernel. */
async function treeSums(t: ExecutionContext, image: string): Promise<Map<string, string>> {
  const mountPoint = await mkdtemp('/var/tmp/convert-image-mount-');
  await execa('mount', ['-o', `ro,noload,loop,offset=${rootOffset}`, image, mountPoint]);
  try {
    const format = '%P\\t%y %m %U %G %n %l\\n';
    const { stdout: names } = await execa('find', [mountPoint, '-printf', format]);
    const { stdout: sums } = await execa({ cwd: mountPoint, maxBuffer: 1e9 })('sh', [
      '-c',
      'find . -type f -print0 | xargs -0 sha256sum',
    ]);
    const tree = new Map(names.split('\n').map((line) => [`/${line.split('\t')[0]}`, line]));
    for (const line of sums.split('\n')) {
      const path = line.slice(67);
      tree.set(path, `${tree.get(path)} ${line.slice(0, 64)}`);
    }
    return tree;
  } finally {
    await execa('umount', [mountPoint]);
    await execa('rmdir', [mountPoint]);
    t.pass();
  }
}

interface PlanEvent {
  readonly type: string;
  readonly plan: { readonly steps: readonly { readonly path: string; readonly diff: string }[] };
}

function stepsIn(events: readonly object[]): PlanEvent['plan']['steps'] {
  const event = events.find((item): item is PlanEvent => 'type' in item && item.type === 'plan');
  return event?.plan.steps ?? [];
}

const plannedPaths = (events: readonly object[]): string[] =>
  stepsIn(events)
    .map(({ path }) => path)
    .sort();
