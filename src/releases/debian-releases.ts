import type { KernelPackages, ReleaseRow } from './release-row.js';

/** `linux-image-2.6-xen-amd64` and such: a metapackage and the headers of the same flavour. */
const flavour = (image: string, headers: string): KernelPackages => ({ image, headers });

/** The names since wheezy. */
const amd64 = flavour('linux-image-amd64', 'linux-headers-amd64');
const cloud = flavour('linux-image-cloud-amd64', 'linux-headers-cloud-amd64');
const rt = flavour('linux-image-rt-amd64', 'linux-headers-rt-amd64');

/** xenlinux kernels, which boot on Xen only; the plain ones of these releases can't boot PV in 64 bits. */
const xen = [
  flavour('linux-image-xen-amd64', 'linux-headers-xen'),
  flavour('linux-image-xen-amd64', 'linux-headers-2.6-xen-amd64'),
  flavour('linux-image-2.6-xen-amd64', 'linux-headers-2.6-xen-amd64'),
];

const squeeze = [
  flavour('linux-image-amd64', 'linux-headers-amd64'),
  flavour('linux-image-2.6-amd64', 'linux-headers-2.6-amd64'),
  flavour('linux-image-2.6-xen-amd64', 'linux-headers-2.6-xen-amd64'),
];

const base = {
  id: 'debian',
  kernels: [amd64],
  console: 'hvc0',
  initSystem: 'systemd',
  bootLoader: 'grub2',
  network: 'ifupdown',
  initramfsTool: 'initramfs-tools',
  initramfsCompression: 'gzip',
} as const satisfies Partial<ReleaseRow>;

const sysvinit = { ...base, initSystem: 'sysvinit' } as const;
/** Since bullseye the cloud and real-time flavours are known to have CONFIG_XEN_PV as well. */
const current = { ...base, kernels: [amd64, cloud, rt] } as const;

export const debianReleases: readonly ReleaseRow[] = [
  { ...sysvinit, version: '4', codename: 'etch', kernels: xen, console: 'xvc0', bootLoader: 'grub-legacy' },
  // Which console lenny's kernel has is disputed: its configuration in the guest decides.
  { ...sysvinit, version: '5', codename: 'lenny', kernels: xen, console: 'hvc0', bootLoader: 'grub-legacy' },
  { ...sysvinit, version: '6', codename: 'squeeze', kernels: squeeze },
  { ...sysvinit, version: '7', codename: 'wheezy' },
  { ...base, version: '8', codename: 'jessie' },
  { ...base, version: '9', codename: 'stretch' },
  { ...base, version: '10', codename: 'buster' },
  { ...current, version: '11', codename: 'bullseye' },
  { ...current, version: '12', codename: 'bookworm', initramfsCompression: 'zstd' },
  { ...current, version: '13', codename: 'trixie', initramfsCompression: 'zstd' },
  { ...current, version: '14', codename: 'forky', initramfsCompression: 'zstd', initramfsTool: 'dracut' },
];
