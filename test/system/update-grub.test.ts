/**
 * The real update-grub of GRUB 2 and of GRUB legacy, run after the conversion as the guest's next kernel upgrade runs
 * it: it must write what the conversion wrote. Both are unpacked by scripts/test.
 */
import test, { type ExecutionContext } from 'ava';
import type { BootTarget, Request } from '../../src/model.js';
import { bootTarget } from '../../src/plan/boot-target.js';
import { bootLoaderRule } from '../../src/plan/rules/boot-loader.js';
import { requestOf } from '../unit/plan/sample-request.js';
import {
  factsOfRoot,
  type GuestRoot,
  installKernels,
  type KernelKind,
  packages,
  withGuestRoot,
} from './guest-root.js';

type Kernels = Readonly<Record<string, KernelKind>>;

interface Case {
  readonly title: string;
  /** Newest first. */
  readonly kernels: Kernels;
  readonly files?: Readonly<Record<string, string>>;
  /** Changes the menu as people do, before the conversion. */
  readonly edit?: (menu: string) => string;
  /** What the initramfs says. */
  readonly resume?: string;
  /** The kernel that must boot. */
  readonly boots: string;
  /** Newest first, installed after the conversion, with the kernel that boots then. */
  readonly later?: { readonly kernels: Kernels; readonly boots: string };
  /** What boots must stay; the text may not: update-grub reorders it. */
  readonly mayReorder?: boolean;
}

const request: Request = requestOf();

async function check(t: ExecutionContext, root: GuestRoot, menu: string, update: string[], one: Case) {
  await installKernels(root, one.kernels);
  for (const [path, text] of Object.entries(one.files ?? {})) {
    await root.write(path, text, text.startsWith('#!') ? 0o755 : 0o644);
  }
  await root.run(update);
  if (one.edit !== undefined) {
    await root.write(menu, one.edit(await root.read(menu)));
    await root.run(update);
  }
  const target = await convert(t, root, one);
  t.is(target?.kernel, `/boot/vmlinuz-${one.boots}`);
  t.is(/ (?:no)?resume/.test(target?.commandLine ?? ''), one.resume !== undefined);
  const converted = await root.read(menu);
  await root.run(update);
  if (one.mayReorder !== true) t.is(await root.read(menu), converted);
  t.deepEqual(bootTarget(await factsOfRoot(root, one.kernels), request.boot), target);
  if (one.later === undefined) return;
  await installKernels(root, one.later.kernels);
  await root.run(update);
  const kernels = { ...one.later.kernels, ...one.kernels };
  const later = bootTarget(await factsOfRoot(root, kernels), request.boot);
  t.is(later?.kernel, `/boot/vmlinuz-${one.later.boots}`);
}

async function convert(
  t: ExecutionContext,
  root: GuestRoot,
  { kernels, resume }: Case,
): Promise<BootTarget | undefined> {
  const result = bootLoaderRule.apply(await factsOfRoot(root, kernels, resume), request);
  t.deepEqual(result.problems, []);
  for (const { path, node } of result.edits) {
    if (node.kind === 'file') await root.write(path, node.text, node.mode);
  }
  const after = await factsOfRoot(root, kernels, resume);
  t.deepEqual(bootLoaderRule.apply(after, request).edits, []);
  return bootTarget(after, request.boot);
}

// ---------------------------------------------------------------------------------------------------------------- GRUB 2

const settings = (lines: string) => ({ '/etc/default/grub': `GRUB_DISTRIBUTOR=Debian\n${lines}` });
const memoryTest =
  '#!/bin/sh\nprintf "menuentry \'Memory test\' {\\n\\tlinux16 /boot/memtest86+.bin\\n}\\n"\n';

const grub2Cases: readonly Case[] = [
  {
    title: 'a serial console, no timeout, a saved default',
    kernels: { '6.1.0-18-amd64': 'pv', '5.10.0-28-amd64': 'pv' },
    files: settings(
      'GRUB_DEFAULT=saved\nGRUB_TIMEOUT=-1\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet nopv"\n',
    ),
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'an initramfs that would wait for a disk, and no settings',
    kernels: { '6.1.0-18-amd64': 'pv' },
    files: settings(''),
    resume: 'RESUME=/dev/sda5\n',
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'an initramfs that would wait for a disk, and settings',
    kernels: { '6.1.0-18-amd64': 'pv', '5.10.0-28-amd64': 'pv' },
    files: settings('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=ttyS0"\n'),
    resume: 'RESUME=/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part5\n',
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'the newest kernel is not PV',
    kernels: { '6.5.0-1015-azure': 'not-pv', '5.15.0-105-generic': 'pv' },
    files: settings('GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\n'),
    boots: '5.15.0-105-generic',
    later: {
      kernels: { '6.8.0-1001-azure': 'not-pv', '5.15.0-107-generic': 'pv' },
      boots: '5.15.0-107-generic',
    },
  },
  {
    title: 'a memory test first',
    kernels: { '6.1.0-18-amd64': 'pv' },
    files: { ...settings(''), '/etc/grub.d/05_memtest': memoryTest, '/boot/memtest86+.bin': 'x' },
    boots: '6.1.0-18-amd64',
    later: { kernels: { '6.1.0-21-amd64': 'pv' }, boots: '6.1.0-21-amd64' },
  },
  {
    title: 'a hypervisor by default, as its package sets it',
    kernels: { '6.1.0-18-amd64': 'pv' },
    files: {
      ...settings('GRUB_DEFAULT=0\n'),
      '/etc/default/grub.d/xen.cfg': 'GRUB_DEFAULT="Debian GNU/Linux, with Xen hypervisor"\n',
      '/boot/xen-4.17-amd64.gz': 'x',
    },
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'a hypervisor first, by a script that was moved',
    kernels: { '6.1.0-18-amd64': 'pv' },
    files: {
      ...settings(''),
      '/etc/grub.d/08_linux_xen': '#!/bin/sh\nexec /etc/grub.d/20_linux_xen\n',
      '/boot/xen-4.17-amd64.gz': 'x',
    },
    boots: '6.1.0-18-amd64',
  },
];

for (const one of grub2Cases) {
  test.serial(`GRUB 2: ${one.title}`, async (t) => {
    await withGuestRoot(packages.grub2, async (root) => {
      const update = ['grub-mkconfig', '-o', '/boot/grub/grub.cfg'];
      await check(t, root, '/boot/grub/grub.cfg', update, one);
    });
  });
}

// ----------------------------------------------------------------------------------------------------------- GRUB legacy

const set = (name: string, value: string) => (menu: string) =>
  menu.replace(new RegExp(`^# ${name}=.*$`, 'm'), `# ${name}=${value}`);
const serial = set('kopt', 'root=/dev/sda1 ro console=tty0 console=ttyS0');

const legacyCases: readonly Case[] = [
  {
    title: 'a stock menu',
    kernels: { '6.1.0-18-amd64': 'pv', '5.10.0-28-amd64': 'pv' },
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'a serial console, options, no timeout, a saved default',
    kernels: { '6.1.0-18-amd64': 'pv', '5.10.0-28-amd64': 'pv' },
    edit: (menu) =>
      set(
        'defoptions',
        'quiet nopv',
      )(serial(menu))
        .replace(/^timeout\t.*\n/m, '')
        .replace(/^default\t.*$/m, 'default saved'),
    boots: '6.1.0-18-amd64',
    later: { kernels: { '6.1.0-21-amd64': 'pv' }, boots: '6.1.0-21-amd64' },
  },
  {
    title: 'the newest kernel is not PV',
    kernels: { '6.5.0-1015-azure': 'not-pv', '5.15.0-105-generic': 'pv' },
    edit: serial,
    boots: '5.15.0-105-generic',
    later: { kernels: { '6.8.0-1001-azure': 'not-pv' }, boots: '5.15.0-105-generic' },
  },
  {
    title: 'a default that update-grub follows',
    kernels: { '6.5.0-1015-azure': 'not-pv', '5.15.0-105-generic': 'pv' },
    edit: (menu) => set('updatedefaultentry', 'true')(menu).replace(/^default\t.*$/m, 'default 2'),
    boots: '5.15.0-105-generic',
    later: { kernels: { '6.8.0-1001-azure': 'not-pv' }, boots: '5.15.0-105-generic' },
  },
  {
    title: 'an initramfs that would wait for a disk, and no options',
    kernels: { '6.1.0-18-amd64': 'pv', '5.10.0-28-amd64': 'pv' },
    resume: 'RESUME=/dev/sda5\n',
    boots: '6.1.0-18-amd64',
  },
  {
    title: 'an initramfs that would wait for a disk, and options',
    kernels: { '6.1.0-18-amd64': 'pv' },
    edit: (menu) => set('defoptions', 'quiet')(serial(menu)),
    resume: 'RESUME=/dev/sda5\n',
    boots: '6.1.0-18-amd64',
    later: { kernels: { '6.1.0-21-amd64': 'pv' }, boots: '6.1.0-21-amd64' },
  },
  {
    title: 'a kernel for Xen only, beside one for HVM',
    kernels: { '2.6.18-6-xen-amd64': 'xenlinux', '2.6.18-6-amd64': 'not-pv' },
    edit: serial,
    boots: '2.6.18-6-xen-amd64',
    later: { kernels: { '2.6.18-7-amd64': 'not-pv' }, boots: '2.6.18-6-xen-amd64' },
  },
  {
    title: 'a hypervisor first',
    kernels: { '2.6.32-5-xen-amd64': 'xenlinux', '2.6.32-5-amd64': 'pv' },
    files: { '/boot/xen-4.0-amd64.gz': 'x' },
    boots: '2.6.32-5-xen-amd64',
  },
];

for (const one of legacyCases) {
  test.serial(`GRUB legacy: ${one.title}`, async (t) => {
    await withGuestRoot(packages.grubLegacy, async (root) => {
      await check(t, root, '/boot/grub/menu.lst', ['update-grub'], one);
    });
  });
}
