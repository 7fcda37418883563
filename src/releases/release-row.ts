import type { InitSystem, KernelCompression } from '../model.js';

/** The packages that bring one kernel and its headers, by the names that follow the release's updates. */
export interface KernelPackages {
  readonly image: string;
  readonly headers: string;
}

/**
 * One release of a distribution for amd64. All but the first three are what a fresh installation has: whatever is
 * found in a guest itself goes before it.
 */
export interface ReleaseRow {
  readonly id: 'debian' | 'ubuntu';
  /** As VERSION_ID in os-release(5), or the number in /etc/debian_version before there was one. */
  readonly version: string;
  readonly codename: string;
  /** Kernels that can boot PV, best first. Where a name isn't certain, the archive decides which of them exists. */
  readonly kernels: readonly KernelPackages[];
  /** The console device of these kernels. */
  readonly console: 'hvc0' | 'xvc0';
  readonly initSystem: InitSystem;
  readonly bootLoader: 'grub-legacy' | 'grub2';
  readonly network: 'ifupdown' | 'netplan';
  /** The package that writes a kernel's initramfs. */
  readonly initramfsTool: 'initramfs-tools' | 'dracut';
  /** What that tool compresses with unless told otherwise; undefined where it isn't known. */
  readonly initramfsCompression?: KernelCompression;
}
