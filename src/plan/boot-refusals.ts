import type { Problem } from '../model.js';

const updateGrub = 'run update-grub in the guest, shut it down and try again';

/** The reasons why a guest's boot loader can't be made to boot it as PV. Paths are the guest's. */
export const bootRefusals = {
  'no-boot-loader': (): Problem => ({
    code: 'no-boot-loader',
    message: 'the guest has no /boot/grub/grub.cfg, nor the configuration of another boot loader',
    remedy: `install grub-pc in the guest, ${updateGrub}`,
  }),
  'unsupported-boot-loader': (name: string, path: string): Problem => ({
    code: 'unsupported-boot-loader',
    message: `the guest boots by ${name} (${path}), whose menu neither pygrub nor GRUB reads`,
    remedy: `install grub-pc in the guest, ${updateGrub}`,
  }),
  'menu-not-read': (name: string, path: string): Problem => ({
    code: 'menu-not-read',
    message: `the guest boots by ${name} (${path}), and GRUB built for PV reads grub.cfg only`,
    remedy: `use --boot-with pygrub or kernel, or install grub-pc in the guest; ${updateGrub}`,
  }),
  'several-initramfs': (title: string, files: readonly string[]): Problem => ({
    code: 'several-initramfs',
    message: `the boot entry "${title}" has several initrd files (${files.join(', ')}), and xl takes one`,
    remedy: `use --boot-with pvgrub2, or make it one initrd in the guest; ${updateGrub}`,
  }),
  'uki-or-bls-only': (path: string): Problem => ({
    code: 'uki-or-bls-only',
    message: `the guest's boot entries are in ${path}, which pygrub doesn't read`,
    remedy: `install grub-pc in the guest, so that /boot/grub/grub.cfg has entries of its own; ${updateGrub}`,
  }),
  'linuxefi-entries': (): Problem => ({
    code: 'linuxefi-entries',
    message: 'the entries in grub.cfg load their kernels by linuxefi, which pygrub does not know',
    remedy: `let the guest's grub.cfg say linux and initrd instead: ${updateGrub}`,
  }),
  'no-linux-entries': (menu = '/boot/grub/grub.cfg'): Problem => ({
    code: 'no-linux-entries',
    message: `no entry in ${menu} loads a Linux kernel`,
    remedy: updateGrub,
  }),
  'hypervisor-default-entry': (title: string): Problem => ({
    code: 'hypervisor-default-entry',
    message: `the first boot entry, "${title}", starts a hypervisor inside the guest, which PV doesn't allow`,
    remedy: `remove the xen-hypervisor package or put a plain Linux entry first; ${updateGrub}`,
  }),
  'unreadable-by-pygrub': (reason: string, menu = '/boot/grub/grub.cfg'): Problem => ({
    code: 'unreadable-by-pygrub',
    message: `pygrub can't boot by the guest's ${menu}: ${reason}`,
    remedy: menu.endsWith('.cfg')
      ? `mend the scripts in /etc/grub.d that write it; ${updateGrub}`
      : 'mend that file in the guest, shut the guest down and try again',
  }),
  'boot-entry-file-missing': (title: string, path: string): Problem => ({
    code: 'boot-entry-file-missing',
    message: `the boot entry "${title}" loads ${path}, which isn't there`,
    remedy: updateGrub,
  }),
  'default-entry-not-pv': (title: string, reason: string, others: readonly string[]): Problem => ({
    code: 'default-entry-not-pv',
    message: `the first boot entry, "${title}", has a kernel that can't boot as PV: ${reason}; ${others.join(', ')} could`,
    remedy: `remove the packages of that kernel, or set GRUB_TOP_LEVEL="/boot/vmlinuz-${others[0] ?? ''}" in /etc/default/grub (GRUB 2.12 and later); ${updateGrub}`,
  }),
} as const;
