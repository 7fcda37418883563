import type { Facts, FileSystem, GuestNode, Kernel, KernelConfigFacts } from '../../../src/model.js';
import { guestTree } from '../network/guest-tree-of.js';

export const rootUuid = '11111111-2222-4333-8444-555555555555';
export const swapUuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

export const rootFileSystem: FileSystem = {
  device: '/dev/sda1',
  partition: 1,
  type: 'ext4',
  uuid: rootUuid,
  clean: true,
};
export const swapArea: FileSystem = { device: '/dev/sda5', partition: 5, type: 'swap', uuid: swapUuid };

/** As Debian 12's cloud kernel: PV, xen-blkfront a module, which its initramfs holds. */
export const configOfKernel: KernelConfigFacts = {
  pv: true,
  reason: '',
  blkfront: 'module',
  netfront: 'module',
  console: 'hvc0',
  xenOnly: false,
};

/** A kernel that can boot as PV, unless said otherwise. */
export const kernelOf = (version: string, changes: Partial<Kernel> = {}): Kernel => ({
  version,
  path: `/boot/vmlinuz-${version}`,
  config: configOfKernel,
  image: { compression: 'xz', pv: true, reason: '' },
  initramfs: { path: `/boot/initrd.img-${version}`, modules: ['xen-blkfront'], texts: new Map() },
  ...changes,
});

/** The least that pygrub boots. */
export const grubConfig = (commandLine: string, version = '6.1'): string =>
  `set default="0"\nset timeout=5\nmenuentry 'Debian' {\n\tlinux\t/boot/vmlinuz-${version} ${commandLine}\n\tinitrd\t/boot/initrd.img-${version}\n}\n`;

type Files = Readonly<Record<string, string | GuestNode>>;

/** A Debian 12 whose files are these and whose grub.cfg boots kernel 6.1. */
export function factsOf(files: Files = {}, changes: Partial<Facts> = {}): Facts {
  return {
    layout: { partitionTable: 'mbr', fileSystems: [rootFileSystem, swapArea] },
    mounts: [{ device: '/dev/sda1', path: '/' }],
    release: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
    architecture: 'amd64',
    initSystem: 'systemd',
    systemdVersion: 252,
    kernels: [kernelOf('6.1')],
    packages: new Map(),
    tree: guestTree({
      '/boot/vmlinuz-6.1': { kind: 'unread', bytes: 1 },
      '/boot/initrd.img-6.1': { kind: 'unread', bytes: 1 },
      '/boot/grub/grub.cfg': grubConfig(`root=UUID=${rootUuid} ro`),
      ...files,
    }),
    ...changes,
  };
}
