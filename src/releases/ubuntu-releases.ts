import type { KernelPackages, ReleaseRow } from './release-row.js';

const flavours = (...names: string[]): KernelPackages[] =>
  names.map((name) => ({ image: `linux-image-${name}`, headers: `linux-headers-${name}` }));

/** Up to jaunty's fall of 2009: GRUB legacy, and upstart's jobs in /etc/event.d. */
const early = {
  id: 'ubuntu',
  console: 'hvc0',
  initSystem: 'upstart-events',
  bootLoader: 'grub-legacy',
  network: 'ifupdown',
  initramfsTool: 'initramfs-tools',
  initramfsCompression: 'gzip',
} as const satisfies Partial<ReleaseRow>;

/** xenlinux kernels, which boot on Xen only. */
const xenlinux = { ...early, kernels: flavours('xen'), console: 'xvc0' } as const;
const server = { ...early, kernels: flavours('server', 'virtual') } as const;
const upstart = {
  ...early,
  kernels: flavours('server', 'virtual'),
  initSystem: 'upstart',
  bootLoader: 'grub2',
} as const;
/** Since precise every flavour but those for other hypervisors can boot PV. */
const generic = { ...upstart, kernels: flavours('generic', 'virtual', 'lowlatency') } as const;
const systemd = { ...generic, initSystem: 'systemd' } as const;
const netplan = { ...systemd, network: 'netplan' } as const;
const { initramfsCompression: _, ...unknownCompression } = netplan;

export const ubuntuReleases: readonly ReleaseRow[] = [
  { ...xenlinux, version: '7.10', codename: 'gutsy' },
  { ...xenlinux, version: '8.04', codename: 'hardy' },
  { ...server, version: '8.10', codename: 'intrepid' },
  { ...server, version: '9.04', codename: 'jaunty' },
  { ...upstart, version: '9.10', codename: 'karmic' },
  { ...upstart, version: '10.04', codename: 'lucid' },
  { ...upstart, version: '10.10', codename: 'maverick' },
  { ...upstart, version: '11.04', codename: 'natty' },
  { ...upstart, version: '11.10', codename: 'oneiric' },
  { ...generic, version: '12.04', codename: 'precise' },
  { ...generic, version: '12.10', codename: 'quantal' },
  { ...generic, version: '13.04', codename: 'raring' },
  { ...generic, version: '13.10', codename: 'saucy' },
  { ...generic, version: '14.04', codename: 'trusty' },
  { ...generic, version: '14.10', codename: 'utopic' },
  { ...systemd, version: '15.04', codename: 'vivid' },
  { ...systemd, version: '15.10', codename: 'wily' },
  { ...systemd, version: '16.04', codename: 'xenial' },
  { ...systemd, version: '16.10', codename: 'yakkety' },
  { ...systemd, version: '17.04', codename: 'zesty' },
  { ...netplan, version: '17.10', codename: 'artful' },
  { ...netplan, version: '18.04', codename: 'bionic' },
  { ...unknownCompression, version: '18.10', codename: 'cosmic' },
  { ...unknownCompression, version: '19.04', codename: 'disco' },
  { ...unknownCompression, version: '19.10', codename: 'eoan' },
  { ...netplan, version: '20.04', codename: 'focal', initramfsCompression: 'lz4' },
  { ...unknownCompression, version: '20.10', codename: 'groovy' },
  { ...unknownCompression, version: '21.04', codename: 'hirsute' },
  { ...unknownCompression, version: '21.10', codename: 'impish' },
  { ...netplan, version: '22.04', codename: 'jammy', initramfsCompression: 'zstd' },
  { ...netplan, version: '22.10', codename: 'kinetic', initramfsCompression: 'zstd' },
  { ...netplan, version: '23.04', codename: 'lunar', initramfsCompression: 'zstd' },
  { ...netplan, version: '23.10', codename: 'mantic', initramfsCompression: 'zstd' },
  { ...netplan, version: '24.04', codename: 'noble', initramfsCompression: 'zstd' },
  { ...netplan, version: '24.10', codename: 'oracular', initramfsCompression: 'zstd' },
  { ...netplan, version: '25.04', codename: 'plucky', initramfsCompression: 'zstd' },
  { ...netplan, version: '25.10', codename: 'questing', initramfsCompression: 'zstd' },
  {
    ...netplan,
    version: '26.04',
    codename: 'resolute',
    initramfsCompression: 'zstd',
    initramfsTool: 'dracut',
  },
];
