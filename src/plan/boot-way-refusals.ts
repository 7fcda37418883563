import type { KernelCompression, Problem } from '../model.js';

const byFiles =
  '--boot-with kernel (kernel and initramfs are kept in dom0, where upgrades in the guest do not reach them)';
const ownBoot = 'give the guest a /boot of its own: ext4, on a primary partition or a GPT';

/** The reasons why a guest can't be started the way that was asked for, or any way. */
export const bootWayRefusals = {
  'pygrub-cannot-read': (obstacle: string): Problem => ({
    code: 'pygrub-cannot-read',
    message: `pygrub can't read the guest's boot files: ${obstacle}`,
    remedy: `use --boot-with pvgrub2, or ${byFiles}`,
  }),
  'pvgrub2-cannot-boot': (obstacle: string): Problem => ({
    code: 'pvgrub2-cannot-boot',
    message: `GRUB built for PV can't start the guest: ${obstacle}`,
    remedy: `use ${byFiles}`,
  }),
  'no-way-to-boot': (pygrub: string, pvgrub2: string): Problem => ({
    code: 'no-way-to-boot',
    message: `pygrub can't read the guest's boot files: ${pygrub}; and GRUB built for PV can't start it: ${pvgrub2}`,
    remedy: `use ${byFiles}, or ${ownBoot}`,
  }),
  'pvgrub2-not-installed': (program: string): Problem => ({
    code: 'pvgrub2-not-installed',
    message: `the guest can only start by GRUB built for PV, and ${program} is not on this host`,
    remedy: 'apt install grub-xen-host',
  }),
  'kernel-not-pvh': (path: string): Problem => ({
    code: 'kernel-not-pvh',
    message: `${path} boots as PV and has no entry point for PVH (CONFIG_XEN_PVH, Linux 4.11 or later)`,
    remedy: 'leave --target pvh out, or install a newer kernel in the guest',
  }),
  'dom0-cannot-unpack': (path: string, compression: KernelCompression): Problem => ({
    code: 'dom0-cannot-unpack',
    message: `${path} is compressed with ${compression}, which the Xen of this host can't unpack`,
    remedy:
      'use a newer Xen (4.15 or later for zstd), or install a kernel in the guest that is packed with xz',
  }),
} as const;
