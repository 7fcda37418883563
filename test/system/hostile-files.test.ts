/** Guests whose files are made to harm: links that lead out, pipes, giants, bombs, names. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { newcArchive } from '../unit/guest-files/sample-archives.js';
import { bzImage, elfFile, noteBytes, pvNotes } from '../unit/guest-files/sample-kernels.js';
import { bomb, gzipBomb } from './bombs.js';
import { program } from './ext-images.js';
import { type Fate, makeCanary, meetsItsFate } from './hostile-run.js';
import { testFolder } from './program.js';
import {
  grubConfig,
  makeTinyGuest,
  prepareTinyGuests,
  type TinyFiles,
  type TinyNode,
  tinyUuid,
} from './tiny-guest.js';

const version = '6.1.0-56-cloud-amd64';
const kernel = `/boot/vmlinuz-${version}`;
const initramfs = `/boot/initrd.img-${version}`;

interface HostileGuest extends Fate {
  readonly files: (place: {
    readonly folder: string;
    readonly canary: string;
  }) => TinyFiles | Promise<TinyFiles>;
  readonly size?: string;
  readonly fileSystem?: readonly string[];
  /** debugfs' commands, for what mke2fs can't copy. */
  readonly commands?: readonly string[];
}

/** The files that rules read, one of each kind. */
const read = [
  '/etc/fstab',
  '/etc/network/interfaces',
  '/etc/resolv.conf',
  '/etc/default/grub',
  '/boot/grub/grub.cfg',
  '/var/lib/dpkg/status',
  '/var/cache/debconf/config.dat',
  '/etc/inittab',
  '/etc/netplan/a.yaml',
  '/etc/systemd/network/a.network',
];

/** This in place of every file. */
const everywhere = (node: (path: string) => TinyNode, paths = read): TinyFiles =>
  Object.fromEntries(paths.map((path) => [path, node(path)]));

const node = (...command: readonly string[]): TinyNode => ({
  make: (path) => program`${command.map((word) => (word === 'PATH' ? path : word))}`,
});
const sparse = (size: string) => node('truncate', '-s', size, 'PATH');
const outOf = (canary: string): TinyNode => ({ link: `../../../../../../../../../..${canary}` });

const elfThatUnpacks = (offset: number): Buffer => {
  const elf = elfFile({ segment: noteBytes(pvNotes) });
  elf.writeBigUInt64LE(BigInt(offset), 64 + 56 + 8);
  return elf;
};

/** An archive that begins with a file of this many bytes and with a name of this length, in hexadecimal. */
function cpioOf(size: string, nameLength = '0000000d'): Buffer {
  const entry = newcArchive([{ name: 'conf/modules' }], false).toString('latin1');
  const head = `${entry.slice(0, 54)}${size}${entry.slice(62, 94)}${nameLength}${entry.slice(102)}`;
  return Buffer.from(head, 'latin1');
}

const withKernel = (content: Buffer): TinyFiles => ({ [kernel]: { bytes: content } });
const withInitramfs = (content: Buffer): TinyFiles => ({ [initramfs]: { bytes: content } });

const appliance = {
  args: ['--access', 'appliance', '--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'],
  // Emulated, on a machine that has other work.
  seconds: 400,
};

/** Files in /etc of a quarter of a megabyte each. */
const texts = (count: number): TinyFiles =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `/etc/texts/${n}`,
      { bytes: Buffer.alloc(250_000, `${n} abc\n`) },
    ]),
  );

const guests: Readonly<Record<string, HostileGuest>> = {
  'through the appliance: links out, pipes, circles, odd names': {
    ...appliance,
    outcome: 'converted',
    files: ({ canary }) => ({
      '/etc/resolv.conf': outOf(canary),
      '/etc/inittab': { link: canary },
      '/etc/netplan/a.yaml': node('mkfifo', 'PATH'),
      '/etc/crypttab': node('mknod', 'PATH', 'b', '254', '0'),
      '/etc/init': { link: '/etc/init' },
      '/etc/network/interfaces.d': { link: '..' },
      '/etc/\x1b]0;x\x07\n': 'x',
      '/boot/vmlinuz-a\nb': 'x',
      "/boot/vmlinuz-'$(reboot)`": 'x',
      '/boot/config-"': 'x',
    }),
  },
  'through the appliance: settings of 30 GB': {
    ...appliance,
    outcome: 'failed',
    says: /too much to read below \/etc/,
    files: () => ({ '/etc/network/interfaces': sparse('30G') }),
  },

  'links that lead out, relative': {
    outcome: 'no-boot-loader',
    files: ({ canary }) => everywhere(() => outOf(canary)),
  },
  'links that lead out, absolute': {
    outcome: 'no-boot-loader',
    files: ({ canary }) => everywhere(() => ({ link: canary })),
  },
  'only fstab leads out': { outcome: 'converted', files: ({ canary }) => ({ '/etc/fstab': outOf(canary) }) },
  'only the name servers lead out': {
    outcome: 'converted',
    files: ({ canary }) => ({ '/etc/resolv.conf': outOf(canary) }),
  },
  'only the menu leads out': {
    outcome: 'no-boot-loader',
    files: ({ canary }) => ({ '/boot/grub/grub.cfg': outOf(canary) }),
  },
  'only the network leads out': {
    outcome: 'converted',
    files: ({ canary }) => ({
      '/etc/network/interfaces':
        'source /etc/network/interfaces.d/*\nsource ../../../../../..' +
        canary +
        '\nauto enX0\niface enX0 inet dhcp\n',
      '/etc/network/interfaces.d/a': outOf(canary),
      '/etc/network/interfaces.d/b': { link: '/etc/network/interfaces' },
    }),
  },
  'kernel, initramfs and shell lead out': {
    outcome: 'not-64-bit',
    files: ({ canary }) =>
      everywhere(
        () => outOf(canary),
        [kernel, initramfs, '/bin/sh', '/sbin/init', `/boot/config-${version}`],
      ),
  },
  '/etc is a link out': {
    outcome: 'no-operating-system',
    files: ({ folder }) => ({ '/etc': { link: folder }, ...everywhere(() => '', []) }),
  },
  '/etc is /proc': { outcome: 'no-operating-system', files: () => ({ '/etc': { link: '/proc' } }) },
  'links in circles': { outcome: 'no-boot-loader', files: () => everywhere((path) => ({ link: path })) },
  'directories in circles': {
    outcome: 'converted',
    files: () => ({
      '/etc/network/interfaces.d': { link: '..' },
      '/etc/a': { link: '/etc' },
      '/boot/boot': { link: '.' },
      '/boot/grub/grub': { link: '../grub' },
    }),
  },
  pipes: {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file/,
    files: () => everywhere(() => node('mkfifo', 'PATH')),
  },
  devices: {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file/,
    files: () => everywhere(() => node('mknod', 'PATH', 'c', '1', '5')),
  },
  'the menu is a disk': {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file/,
    files: () => ({ '/boot/grub/grub.cfg': node('mknod', 'PATH', 'b', '254', '0') }),
  },
  'the menu is a pipe': {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file/,
    files: () => ({ '/boot/grub/grub.cfg': node('mkfifo', 'PATH') }),
  },
  directories: {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file/,
    files: () => everywhere(() => ({ directory: true })),
  },
  'a network of 300 MB': {
    outcome: 'unexpected-file-type',
    files: () => ({ '/etc/network/interfaces': sparse('300M') }),
  },
  'a menu of 300 MB': {
    outcome: 'unreadable-by-pygrub',
    says: /not a regular file of less than 1 MiB/,
    files: () => ({ '/boot/grub/grub.cfg': sparse('300M') }),
  },
  'a package list of 200 MB': {
    outcome: 'failed',
    says: /dpkg\/status has 200000000 bytes, more than such a file can need/,
    size: '300M',
    files: () => ({ '/var/lib/dpkg/status': { bytes: Buffer.alloc(200e6, 'Package: a\n\n') } }),
  },
  'a package list of 30 GB': {
    outcome: 'failed',
    says: /dpkg\/status has 32212254720 bytes/,
    files: () => ({ '/var/lib/dpkg/status': sparse('30G') }),
  },
  'answers of 100 MB': {
    outcome: 'converted',
    size: '200M',
    files: () => ({ '/var/cache/debconf/config.dat': { bytes: Buffer.alloc(100e6, 'Name: a/b\n\n') } }),
  },
  'a kernel and initramfs of 2 GB': {
    outcome: 'not-64-bit',
    files: () => everywhere(() => sparse('2G'), [kernel, initramfs, '/bin/sh', `/boot/config-${version}`]),
  },
  'eight kernels of 2 GB': {
    outcome: 'no-package-source',
    files: () =>
      everywhere(
        () => sparse('2G'),
        [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [
          `/boot/vmlinuz-9.${n}`,
          `/boot/initrd.img-9.${n}`,
          `/boot/config-9.${n}`,
        ]),
      ),
  },
  'a file of a million short lines': {
    outcome: 'unexpected-file-type',
    files: () => ({
      '/etc/network/interfaces': `${'\n'.repeat(1024 * 1024 - 200)}auto enX0\niface enX0 inet dhcp\n`,
    }),
  },
  'a menu of five thousand entries': {
    outcome: 'converted',
    files: () => ({
      '/boot/grub/grub.cfg': `set default=0\nset timeout=5\n${Array.from({ length: 5000 }, (_, n) => `menuentry 'Debian ${n}' {\n linux ${kernel} root=UUID=${tinyUuid} console=ttyS0 ro\n initrd ${initramfs}\n}\n`).join('')}`,
    }),
  },
  'a menu that includes itself': {
    outcome: 'converted',
    files: () => ({
      '/boot/grub/grub.cfg': `${grubConfig(`root=UUID=${tinyUuid} ro`)}configfile /boot/grub/grub.cfg\nsource /boot/grub/grub.cfg\n`,
    }),
  },
  'a menu without ends': {
    outcome: 'no-linux-entries',
    files: () => ({ '/boot/grub/grub.cfg': "submenu 'a' {\n".repeat(70_000) }),
  },
  'fifty megabytes of texts': { outcome: 'converted', size: '200M', files: () => texts(200) },
  'a hundred megabytes of texts': {
    outcome: 'failed',
    says: /too much text to read/,
    size: '200M',
    files: () => texts(400),
  },
  'three thousand files': {
    outcome: 'converted',
    fileSystem: ['-N', '40000'],
    files: () => Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`/etc/x/${n}`, ''])),
  },
  'five thousand kernels': {
    outcome: 'no-package-source',
    fileSystem: ['-N', '20000'],
    files: () => Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`/boot/vmlinuz-7.${n}`, 'MZ'])),
  },
  'odd names of kernels': {
    outcome: 'converted',
    files: () => ({
      '/boot/vmlinuz-\x1b]0;x\x07': 'x',
      '/boot/vmlinuz-a\nb': 'x',
      [`/boot/vmlinuz-${'9'.repeat(240)}`]: 'x',
      [`/boot/config-${'9'.repeat(240)}`]: 'CONFIG_X86_64=y\n',
      "/boot/vmlinuz-'$(reboot)`": 'x',
      '/boot/vmlinuz-<2>': 'x',
      '/boot/vmlinuz-"': 'x',
      '/boot/initrd.img-"': 'x',
    }),
    commands: ['write /etc/hostname /boot/vmlinuz-\xff\xfe\xc3', 'write /etc/hostname "/boot/vmlinuz- x"'],
  },
  'binary files': {
    outcome: 'no-linux-entries',
    files: () =>
      everywhere((path) => ({
        bytes: Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919 + path.length * n * n) & 255)),
      })),
  },
  'a YAML bomb': {
    outcome: 'converted',
    files: () => {
      const text = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((c, n) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`)
        .join('\n')}\n`;
      return { '/etc/netplan/a.yaml': text, '/etc/cloud/cloud.cfg': text };
    },
  },
  'an initramfs bomb in gzip': {
    outcome: 'no-package-source',
    files: () => withInitramfs(gzipBomb(Buffer.alloc(0))),
  },
  'an initramfs bomb in gzip, one file': {
    outcome: 'no-package-source',
    files: () => withInitramfs(gzipBomb(cpioOf('ffffffff'))),
  },
  'an initramfs bomb in xz': {
    outcome: 'no-package-source',
    files: async ({ folder }) =>
      withInitramfs(await bomb(['xz', '-0', '-c', '--check=crc32'], cpioOf('ffffffff'), folder)),
  },
  'an initramfs bomb in zstd': {
    outcome: 'no-package-source',
    files: async ({ folder }) => withInitramfs(await bomb(['zstd', '-1', '-c'], cpioOf('ffffffff'), folder)),
  },
  'an initramfs bomb in lz4': {
    outcome: 'no-package-source',
    files: async ({ folder }) =>
      withInitramfs(await bomb(['lz4', '-l', '-1', '-c'], cpioOf('ffffffff'), folder, 2 * 1024 ** 3)),
  },
  'an initramfs of an absurd name': {
    outcome: 'no-package-source',
    files: () => withInitramfs(cpioOf('00000010', 'ffffffff')),
  },
  'an initramfs of a million empty files': {
    outcome: 'no-package-source',
    files: () =>
      withInitramfs(
        gzipSync(newcArchive(Array.from({ length: 300_000 }, (_, n) => ({ name: `lib/m${n}.ko` })))),
      ),
  },
  'a kernel bomb in gzip': {
    outcome: 'no-package-source',
    files: () => withKernel(bzImage(gzipBomb(elfThatUnpacks(250 * 1024 * 1024)))),
  },
  'a kernel bomb in xz': {
    outcome: 'no-package-source',
    files: async ({ folder }) =>
      withKernel(
        bzImage(await bomb(['xz', '-0', '-c', '--check=crc32'], elfThatUnpacks(250 * 1024 * 1024), folder)),
      ),
  },
  'a kernel with notes far away': {
    outcome: 'no-package-source',
    files: () => withKernel(bzImage(gzipBomb(elfThatUnpacks(2 ** 45)))),
  },
};

let base: string;
let baseFolder: string;
test.before(async () => {
  baseFolder = await mkdtemp('/var/tmp/convert-image-test-');
  base = await prepareTinyGuests(baseFolder);
});
test.after.always(() => rm(baseFolder, { recursive: true, force: true }));

for (const [title, guest] of Object.entries(guests)) {
  test(title, async (t) => {
    t.timeout(600_000);
    const folder = await testFolder(t);
    const image = join(folder, 'guest.img');
    const files = await guest.files({ folder, canary: await makeCanary(folder) });
    await makeTinyGuest(base, image, files, guest.fileSystem, guest.size);
    for (const command of guest.commands ?? []) await program`debugfs -w -R ${command} ${image}`;
    await meetsItsFate(t, { folder, image }, guest);
  });
}
