/**
 * A root directory in which the real update-grub of a Debian package runs: this machine's programs under those of the
 * unpacked package, a /boot and an /etc of our own, and a grub-probe that knows one disk. Nothing outside is written.
 */
import { chmod, cp, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { withDir } from 'tmp-promise';
import type { Facts, Kernel } from '../../src/model.js';
import { guestTree } from '../unit/network/guest-tree-of.js';
import { configOfKernel, factsOf, kernelOf, rootUuid } from '../unit/plan/sample-guest.js';

const cache = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
/** Where scripts/test unpacked the packages. */
export const packages = { grub2: join(cache, 'grub2'), grubLegacy: join(cache, 'grub-legacy') };

export interface GuestRoot {
  readonly path: string;
  /** Runs a program of the package in the root. */
  readonly run: (command: readonly string[]) => Promise<void>;
  readonly write: (path: string, text: string, mode?: number) => Promise<void>;
  readonly read: (path: string) => Promise<string>;
}

const probe = `#!/bin/sh
case "$*" in
  *abstraction*) ;;
  *fs_uuid*) echo ${rootUuid} ;;
  *partuuid*) echo 12345678-01 ;;
  *compatibility_hint*) echo hd0,msdos1 ;;
  *hints_string*) ;;
  *partmap*) echo msdos ;;
  *target=fs*) echo ext2 ;;
  *'-t drive'*) echo '(hd0,0)' ;;
  *) echo /dev/sda1 ;;
esac
`;

const enter = `
mount -t overlay overlay -o "lowerdir=$1/fake:$2/usr:/usr" "$1/usr"
mount --bind /dev/null "$1/dev/null"
mount --rbind /proc "$1/proc"
root=$1; shift 2
exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin LC_ALL=C "$@"
`;

/** Makes such a root of the unpacked package, with the package's /etc, and removes it afterwards. */
export async function withGuestRoot(
  unpacked: string,
  use: (root: GuestRoot) => Promise<void>,
): Promise<void> {
  await withDir(
    async ({ path }) => {
      const root = rootAt(path, unpacked);
      for (const folder of ['usr', 'boot/grub', 'etc/default', 'proc', 'tmp', 'var']) {
        await mkdir(join(path, folder), { recursive: true });
      }
      for (const link of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${link}`, join(path, link));
      await cp(join(unpacked, 'etc'), join(path, 'etc'), { recursive: true });
      // awk is one of Debian's alternatives.
      await mkdir(join(path, 'etc/alternatives'), { recursive: true });
      await symlink(await realpath('/usr/bin/awk'), join(path, 'etc/alternatives/awk'));
      await root.write('/dev/null', '');
      await root.write(`/dev/disk/by-uuid/${rootUuid}`, '');
      await root.write('/fake/sbin/grub-probe', probe, 0o755);
      await root.write('/boot/grub/device.map', '(hd0) /dev/sda\n');
      await use(root);
    },
    { unsafeCleanup: true, prefix: 'convert-image-root' },
  );
}

function rootAt(path: string, unpacked: string): GuestRoot {
  return {
    path,
    run: async (command) => {
      const args = ['-rm', 'sh', '-ec', enter, 'sh', path, unpacked, ...command];
      await execa('unshare', args, { stdin: 'ignore', timeout: 60_000 });
    },
    write: async (file, text, mode) => {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text, 'latin1');
      if (mode !== undefined) await chmod(join(path, file), mode);
    },
    read: (file) => readFile(join(path, file), 'latin1'),
  };
}

/** A kernel of the root: what its configuration says, in the few lines that matter. */
export type KernelKind = 'pv' | 'xenlinux' | 'not-pv';

const configs: Readonly<Record<KernelKind, string>> = {
  pv: 'CONFIG_X86_64=y\nCONFIG_XEN=y\nCONFIG_PARAVIRT=y\nCONFIG_XEN_PV=y\n',
  xenlinux: 'CONFIG_X86_64_XEN=y\nCONFIG_XEN=y\nCONFIG_XEN_PRIVILEGED_GUEST=y\n',
  'not-pv': 'CONFIG_X86_64=y\nCONFIG_XEN=y\nCONFIG_PARAVIRT=y\n# CONFIG_XEN_PV is not set\n',
};

/** Puts kernels into /boot. */
export async function installKernels(
  root: GuestRoot,
  kernels: Readonly<Record<string, KernelKind>>,
): Promise<void> {
  for (const [version, kind] of Object.entries(kernels)) {
    for (const name of ['vmlinuz', 'initrd.img']) await root.write(`/boot/${name}-${version}`, name);
    await root.write(`/boot/config-${version}`, configs[kind]);
  }
}

/** The facts of the root's guest. `kernels` come newest first; `resume` is what their initramfs says about that. */
export async function factsOfRoot(
  root: GuestRoot,
  kernels: Readonly<Record<string, KernelKind>>,
  resume = '',
): Promise<Facts> {
  const texts: Record<string, string> = {};
  for (const folder of ['/boot/grub', '/etc/default', '/etc/grub.d']) {
    const entries = await readdir(join(root.path, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name).slice(root.path.length);
      texts[path] = await root.read(path);
    }
  }
  return factsOf(
    {},
    { kernels: Object.entries(kernels).map((one) => kernelFacts(one, resume)), tree: guestTree(texts) },
  );
}

function kernelFacts([version, kind]: [string, KernelKind], resume: string): Kernel {
  const pv = kind !== 'not-pv';
  const reason = pv ? '' : "CONFIG_XEN_PV isn't set";
  const xenOnly = kind === 'xenlinux';
  const config = { ...configOfKernel, pv, reason, xenOnly, console: xenOnly ? 'xvc0' : 'hvc0' } as const;
  const texts = new Map([['conf/conf.d/resume', resume]]);
  const initramfs = { path: `/boot/initrd.img-${version}`, modules: ['xen-blkfront'], texts };
  return kernelOf(version, { config, initramfs });
}
