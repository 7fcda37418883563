import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { bootRefusals } from '../../src/plan/boot-refusals.js';
import { bootWayRefusals } from '../../src/plan/boot-way-refusals.js';
import { networkRefusals } from '../../src/plan/network-refusals.js';
import { packageRefusals } from '../../src/plan/package-refusals.js';
import { refusals } from '../../src/plan/refusals.js';
import { stateRefusals } from '../../src/plan/state-refusals.js';
import { elfFile, noteBytes, pvNotes } from '../unit/guest-files/sample-kernels.js';
import { partition } from './ext-images.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';
import {
  grubConfig,
  makeTinyGuest,
  prepareTinyGuests,
  removeTinyGuests,
  type TinyFiles,
  tinyUuid,
} from './tiny-guest.js';
import { failsUntouched, type Refusal } from './untouched.js';

interface RefusedGuest extends Omit<Refusal, 'exitCode' | 'code'> {
  /** What this guest has other than one that is converted. */
  readonly files?: TinyFiles;
  /** Options of mke2fs. */
  readonly fileSystem?: readonly string[];
  /** Instead of an address. */
  readonly args?: readonly string[];
  /** A last change to the finished image. */
  readonly spoil?: (image: string) => Promise<unknown>;
}

const address = ['--address', '18.181.3.4', '--site', 'xvm'];
const root = `root=UUID=${tinyUuid} ro`;

const kernel = '/boot/vmlinuz-6.1.0-56-cloud-amd64';
const initramfs = '/boot/initrd.img-6.1.0-56-cloud-amd64';
const noKernel = { [kernel]: undefined, [initramfs]: undefined } as const;
const everyKernel = ['linux-image-amd64', 'linux-image-cloud-amd64', 'linux-image-rt-amd64'];

/** A kernel that is none for PV, as Ubuntu's kvm flavour. */
const otherKernel: TinyFiles = {
  '/boot/vmlinuz-5.15.0-1004-kvm': 'not looked at',
  '/boot/config-5.15.0-1004-kvm': 'CONFIG_64BIT=y\nCONFIG_X86_64=y\n# CONFIG_XEN is not set\n',
};

/** dpkg's list of packages that are installed. */
const status = (...names: readonly string[]): string =>
  names.map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n`).join('\n');

/** A disk with these bytes at these places and nothing else. */
async function overwrite(image: string, bytes: Readonly<Record<number, Buffer>>): Promise<void> {
  await writeFile(image, '');
  await truncate(image, 64 * 1024 * 1024);
  const file = await open(image, 'r+');
  for (const [position, content] of Object.entries(bytes))
    await file.write(content, 0, content.length, Number(position));
  await file.close();
}

/** Puts the guest into the first of two partitions, whose second one is a swap area with a suspended system. */
async function addSuspendedSwap(image: string): Promise<void> {
  const swap = `${image}.swap`;
  await execa`truncate -s 8M ${swap}`;
  await execa`mkswap ${swap}`;
  const file = await open(swap, 'r+');
  // The signature is at the end of the first page; hibernation replaces it (kernel/power/swap.c).
  await file.write(Buffer.from('S1SUSPEND\0'), 0, 10, 4086);
  await file.close();
  await execa`mv ${image} ${image}.root`;
  await partition(image, '76M', 'start=2048, size=64MiB, type=83\nstart=133120, size=8MiB, type=82\n');
  await execa`dd if=${image}.root of=${image} bs=1M seek=1 conv=notrunc status=none`;
  await execa`dd if=${swap} of=${image} bs=1M seek=65 conv=notrunc status=none`;
  await execa`rm ${swap} ${image}.root`;
}

/** The head of a LUKS1 header (cryptsetup's docs/on-disk-format.pdf): magic, version. */
const luks = { 0: Buffer.from('LUKS\xba\xbe\0\x01aes', 'latin1') };

/** What blkid looks at in a superblock of reiserfs (libblkid/src/superblocks/reiserfs.c): magic, block size, journal. */
const reiserfs = {
  [64 * 1024 + 12]: Buffer.from([18, 0, 0, 0]),
  [64 * 1024 + 44]: Buffer.from([0, 16]),
  [64 * 1024 + 52]: Buffer.from('ReIsEr2Fs\0'),
};

/** By the refusal's code. */
const guests: Readonly<Record<string, RefusedGuest>> = {
  'unsupported-release': {
    files: { '/etc/os-release': 'ID=debian\nVERSION_ID="3.1"\nPRETTY_NAME="Debian 3.1 (sarge)"\n' },
    says: /Debian 3\.1/,
  },
  'missing-file-system': {
    files: { '/etc/fstab': 'UUID=00000000-0000-4000-8000-000000000009 /usr ext4 defaults 0 2\n' },
    says: /\/usr from UUID=00000000/,
  },
  'root-not-found': {
    files: { '/boot/grub/grub.cfg': grubConfig('root=/dev/sdb7 ro') },
    says: /root=/,
  },
  'hardware-device-name': {
    files: {
      '/boot/grub/grub.cfg': grubConfig('root=/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part1 ro'),
    },
    says: /by-id\/ata-QEMU/,
  },
  'xen-driver-disabled': {
    files: { '/etc/modprobe.d/xen.conf': 'blacklist xen-netfront\n' },
    says: /\/etc\/modprobe\.d\/xen\.conf/,
  },
  'unexpected-file-type': {
    files: {
      '/var/lib/dpkg/status': status('ifupdown', 'cloud-init'),
      '/etc/cloud/cloud.cfg': 'datasource_list: [NoCloud]\n',
      '/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg': { directory: true },
    },
    says: /directory/,
  },
  'no-boot-loader': {
    files: { '/boot/grub/grub.cfg': undefined },
    says: /grub\.cfg/,
  },
  'boot-entry-file-missing': {
    files: { '/boot/grub/grub.cfg': grubConfig(root, '/boot/vmlinuz-gone') },
    says: /vmlinuz-gone/,
  },
  'uki-or-bls-only': {
    files: { '/boot/grub/grub.cfg': undefined, '/boot/loader/entries/debian.conf': 'title Debian\n' },
    says: /\/boot\/loader/,
  },
  'linuxefi-entries': {
    files: { '/boot/grub/grub.cfg': grubConfig(root).replace('\tlinux\t', '\tlinuxefi\t') },
    says: /linuxefi/,
  },
  'no-linux-entries': {
    files: { '/boot/grub/grub.cfg': "menuentry 'Windows' {\n\tchainloader +1\n}\n" },
    says: /no entry/,
  },
  'unreadable-by-pygrub': {
    files: { '/boot/grub/grub.cfg': grubConfig(root).replace("menuentry 'Debian' {", "menuentry 'Debian'{") },
    says: /pygrub/,
  },
  'unsupported-boot-loader': {
    files: { '/boot/grub/grub.cfg': undefined, '/etc/lilo.conf': 'boot=/dev/sda\n' },
    says: /LILO/,
  },
  'menu-not-read': {
    files: {
      '/boot/grub/grub.cfg': undefined,
      '/boot/grub/menu.lst': `default 0\ntimeout 5\ntitle Debian\nroot (hd0)\nkernel ${kernel} ${root}\ninitrd ${initramfs}\n`,
    },
    args: [...address, '--boot-with', 'pvgrub2'],
    says: /menu\.lst/,
  },
  'several-initramfs': {
    files: { '/boot/grub/grub.cfg': grubConfig(root).replace(initramfs, `${initramfs} ${initramfs}`) },
    args: [...address, '--boot-with', 'kernel'],
    says: /initrd/,
  },
  'hypervisor-default-entry': {
    files: {
      '/boot/grub/grub.cfg':
        "menuentry 'Xen' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-6.1 root=/dev/sda1\n}\nmenuentry 'Rescue' {\n\tlinux /boot/rescue quiet\n}\n",
    },
    says: /hypervisor/,
  },
  'default-entry-not-pv': {
    files: {
      ...otherKernel,
      '/boot/grub/grub.cfg': grubConfig(root, '/boot/vmlinuz-5.15.0-1004-kvm'),
    },
    says: /CONFIG_XEN isn't set.*; 6\.1\.0-56-cloud-amd64 could/,
  },
  'pygrub-cannot-read': {
    fileSystem: ['-O', 'bigalloc'],
    args: [...address, '--boot-with', 'pygrub'],
    says: /bigalloc/,
  },
  'kernel-not-pvh': {
    files: {
      [kernel]: { bytes: elfFile({ segment: noteBytes(pvNotes.filter(({ type }) => type !== 18)) }) },
    },
    args: [...address, '--target', 'pvh'],
    says: /no entry point for PVH/,
  },
  'pvgrub2-cannot-boot': { args: [...address, '--boot-with', 'pvgrub2'], says: /lz4/ },
  'interface-not-dhcp': {
    files: { '/etc/network/interfaces': 'auto enX0\niface enX0 inet manual\n' },
    args: [...address, '--interface', 'enX0'],
    says: /enX0/,
  },
  'ambiguous-network': {
    files: {
      '/etc/network/interfaces':
        'auto enX0\nmapping enX0\n  script /etc/network/map\n  map home\niface home inet dhcp\niface enX0 inet dhcp\n',
    },
    says: /enX0/,
  },
  'unsupported-network': {
    files: { '/etc/network/interfaces': undefined, '/var/lib/dpkg/status': status('dpkg', 'udev') },
    says: /network/,
  },
  'unsupported-init': { files: { '/sbin/init': 'an init of my own\n' }, says: /init/ },
  'static-dev': {
    files: {
      '/sbin/init': 'INIT_VERSION=sysvinit-2.86\n',
      '/etc/inittab': 'id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n',
      '/var/lib/dpkg/status': status('dpkg', 'ifupdown', 'sysvinit'),
    },
    says: /hvc0/,
    remedy: /mknod \/dev\/hvc0 c 229 0/,
  },
  'no-kernel': {
    files: { ...noKernel, '/var/lib/dpkg/status': status('dpkg', 'udev', ...everyKernel) },
    says: /no kernel in \/boot/,
  },
  'no-pv-kernel': {
    files: {
      ...noKernel,
      ...otherKernel,
      '/boot/grub/grub.cfg': grubConfig(root, '/boot/vmlinuz-5.15.0-1004-kvm'),
      '/var/lib/dpkg/status': status('dpkg', 'udev', ...everyKernel),
    },
    says: /CONFIG_XEN isn't set/,
  },
  'no-package-source': {
    files: noKernel,
    says: /no archive/,
  },
  'file-system-not-clean': {
    spoil: (image) => execa`debugfs -w -R ${'set_super_value state 0'} ${image}`,
    says: /not unmounted cleanly/,
    remedy: /--replay-journal/,
  },
  hibernated: { spoil: addSuspendedSwap, says: /suspended to disk/ },
  'encrypted-root': { spoil: (image) => overwrite(image, luks), says: /LUKS/ },
  'unreadable-layout': { spoil: (image) => overwrite(image, reiserfs), says: /reiserfs/ },
  'record-in-the-way': {
    spoil: (image) => writeFile(`${image}.pv.cfg`, 'name = "mine"\nbuilder = "hvm"\n'),
    says: /guest\.raw\.pv\.cfg/,
    remedy: /--record xl:/,
  },
  'no-static-address': { args: [], says: /enX0 gets its address by DHCP/ },
  'interface-not-found': { args: [...address, '--interface', 'eth7'], says: /eth7/ },
  'several-dhcp-interfaces': {
    files: { '/etc/network/interfaces': 'auto enX0 enX1\niface enX0 inet dhcp\niface enX1 inet dhcp\n' },
    says: /enX0, enX1/,
  },
  'address-differs': {
    files: {
      '/etc/network/interfaces':
        'auto enX0\niface enX0 inet static\naddress 18.181.9.9\nnetmask 255.255.0.0\n',
    },
    says: /18\.181\.9\.9/,
  },
};

let base = '';

test.before(async () => {
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

test('the guest that all of these differ from is converted', async (t) => {
  const folder = await testFolder(t);
  const image = join(folder, 'guest.raw');
  await makeTinyGuest(base, image);
  const run = await convertImage(folder, [...address, image]);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
});

for (const [code, { files, fileSystem, args = address, spoil, says, ...refusal }] of Object.entries(guests)) {
  test(`refused and untouched: ${code}`, async (t) => {
    const folder = await testFolder(t);
    const image = join(folder, 'guest.raw');
    await makeTinyGuest(base, image, files, fileSystem);
    await spoil?.(image);
    await failsUntouched(t, { folder, image, args }, { exitCode: 3, code, says, ...refusal });
  });
}

test('refused and untouched: lvm-filter', async (t) => {
  t.timeout(10 * 60_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bullseye-lvm');
  const env = { LIBGUESTFS_BACKEND: 'direct', LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' };
  const filter = 'devices {\n filter = [ "a|/dev/sda|", "r|.*|" ]\n}\n';
  const commands = `run\nmount /dev/vg/root /\nwrite /etc/lvm/lvm.conf ${JSON.stringify(filter)}\n`;
  await execa({ env, input: commands })`guestfish --rw --format=raw -a ${image}`;
  const refusal = { exitCode: 3, code: 'lvm-filter', says: /lvm\.conf/ };
  await failsUntouched(t, { folder, image, args: ['--keep-dhcp', '--record', 'none'] }, refusal);
});

/** What a test of this folder can't bring about on the machines where it runs. */
const needOtherHosts: Readonly<Record<string, string>> = {
  'pvgrub2-not-installed': 'a dom0 without the package grub-xen-host',
  'dom0-cannot-unpack': 'a Xen of 2020',
};

test('every refusal has a test that shows the image untouched', (t) => {
  const tables = [refusals, bootRefusals, bootWayRefusals, networkRefusals, packageRefusals, stateRefusals];
  const tests = readdirSync('test/system')
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`test/system/${name}`, 'utf8'));
  const isShown = (code: string) =>
    code in guests || code in needOtherHosts || tests.some((text) => text.includes(`'${code}'`));
  t.deepEqual(
    tables.flatMap((table) => Object.keys(table)).filter((code) => !isShown(code)),
    [],
  );
});
