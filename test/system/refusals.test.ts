import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { convertImage, testFolder } from './program.js';
import { grubConfig, makeTinyGuest, prepareTinyGuests, type TinyFiles, tinyUuid } from './tiny-guest.js';
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

test.after.always(() => rm(join(base, '..'), { recursive: true, force: true }));

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
