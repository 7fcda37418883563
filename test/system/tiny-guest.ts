import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { program } from './ext-images.js';
import { copyOfGuest, rootOffset } from './program.js';

export const tinyUuid = '0badcafe-0000-4000-8000-000000000001';
const version = '6.1.0-56-cloud-amd64';

/** What is at a path: a text, or one of these. */
export type TinyNode =
  | string
  | { readonly link: string }
  | { readonly directory: true }
  | { readonly bytes: Buffer }
  /** Whatever this makes at the path on the host that it is given: a pipe, a device, a sparse file. */
  | { readonly make: (path: string) => Promise<unknown> };

/** Files by path. `undefined` takes away what the base has. */
export type TinyFiles = Readonly<Record<string, TinyNode | undefined>>;

/** A grub.cfg with one entry, as small as pygrub takes it. */
export const grubConfig = (commandLine: string, kernel = `/boot/vmlinuz-${version}`): string =>
  `set default="0"\nset timeout=5\nmenuentry 'Debian' {\n\tlinux\t${kernel} ${commandLine}\n\tinitrd\t/boot/initrd.img-${version}\n}\n`;

/** As few texts as a Debian 12 that is PV already needs. */
const texts: TinyFiles = {
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  '/etc/fstab': `UUID=${tinyUuid} / ext4 errors=remount-ro 0 1\n`,
  '/etc/network/interfaces': 'auto lo\niface lo inet loopback\n\nauto enX0\niface enX0 inet dhcp\n',
  '/etc/resolv.conf': 'nameserver 18.70.0.160\n',
  '/boot/grub/grub.cfg': grubConfig(`root=UUID=${tinyUuid} ro`),
  '/sbin/init': { link: '/lib/systemd/systemd' },
  '/lib/systemd/libsystemd-shared-252.so': '',
  '/var/lib/dpkg/status': 'Package: ifupdown\nStatus: install ok installed\nVersion: 0.8.41\n',
};

/**
 * Prepares the folder of files that tiny guests are made from: a kernel with its initramfs and a shell, taken from the
 * `bookworm` guest. A tiny guest boots nowhere; whether it is converted or refused is decided as for a real one.
 */
export async function prepareTinyGuests(folder: string): Promise<string> {
  const image = await copyOfGuest(folder, 'bookworm');
  const base = join(folder, 'base');
  const taken = ['vmlinuz', 'initrd.img', 'config'].map((name) => `/boot/${name}-${version}`);
  await mkdir(join(base, 'boot'), { recursive: true });
  await mkdir(join(base, 'bin'));
  for (const path of taken)
    await program`debugfs -R ${`dump ${path} ${base}${path}`} ${image}?offset=${rootOffset}`;
  await program`debugfs -R ${`dump /usr/bin/dash ${base}/bin/sh`} ${image}?offset=${rootOffset}`;
  await rm(image);
  return base;
}

/** Removes what `prepareTinyGuests` made; nothing where it made nothing, since `join('', '..')` is another folder. */
export async function removeTinyGuests(base: string): Promise<void> {
  if (base !== '') await rm(dirname(base), { recursive: true, force: true });
}

/** Makes a raw image whose whole disk is one ext4 with the base's files, the texts above and these. */
export async function makeTinyGuest(
  base: string,
  image: string,
  files: TinyFiles = {},
  options: readonly string[] = [],
  size = '64M',
): Promise<void> {
  const tree = `${image}.tree`;
  await cp(base, tree, { recursive: true });
  for (const [path, node] of Object.entries({ ...texts, ...files })) await place(join(tree, path), node);
  await program`mke2fs -q -F -t ext4 -U ${tinyUuid} ${[...options]} -d ${tree} ${image} ${size}`;
  await rm(tree, { recursive: true });
}

async function place(path: string, node: TinyNode | undefined): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (node === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  if (typeof node === 'string') await writeFile(path, node, 'latin1');
  else if ('link' in node) await symlink(node.link, path);
  else if ('bytes' in node) await writeFile(path, node.bytes);
  else if ('make' in node) await node.make(path);
  else await mkdir(path);
}
