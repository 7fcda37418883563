import type { Facts, Kernel } from '../model.js';

/** Why a kernel can't boot as a PV domU; undefined when it can. */
export function obstacle(kernel: Kernel): string | undefined {
  if (kernel.config?.pv === false) return kernel.config.reason;
  if (kernel.image === undefined) return 'its image was not read';
  if (!kernel.image.pv) return kernel.image.reason;
  return blkfrontObstacle(kernel);
}

/** The root disk is a Xen block device: its driver must be in the kernel or in the initramfs. */
function blkfrontObstacle({ config, initramfs }: Kernel): string | undefined {
  if (config?.blkfront === 'builtin') return undefined;
  if (config?.blkfront === 'absent')
    return 'it has no driver for Xen block devices (CONFIG_XEN_BLKDEV_FRONTEND)';
  if (initramfs === undefined) return 'it has no initramfs, and xen-blkfront is a module';
  if (initramfs.damage !== undefined)
    return `its initramfs ${initramfs.path} is damaged: ${initramfs.damage}`;
  return initramfs.modules.includes('xen-blkfront')
    ? undefined
    : `its initramfs ${initramfs.path} does not hold xen-blkfront`;
}

/** The kernels that can boot as a PV domU, in the order of the facts: newest first. */
export const bootablePvKernels = (facts: Facts): Kernel[] =>
  facts.kernels.filter((kernel) => obstacle(kernel) === undefined);

/** The console device of the kernel that is going to boot: hvc0 for pv_ops kernels, xvc0 for xenlinux. */
export const wantedConsole = (facts: Facts): ConsoleDevice => consoleDevices(facts)[0];

type ConsoleDevice = 'hvc0' | 'xvc0';

/**
 * The devices that may be the console of the kernel that is going to boot, the likelier one first. Two where that is
 * disputed: of xenlinux kernels from 2.6.26 on, xen-tools.conf says hvc0 and Xen's wiki xvc0. A login on a device that
 * isn't there does no harm.
 */
export function consoleDevices(facts: Facts): readonly [ConsoleDevice, ...ConsoleDevice[]] {
  const [kernel] = bootablePvKernels(facts);
  if (kernel === undefined || !isXenlinux(kernel)) return ['hvc0'];
  const minor = Number(/^2\.6\.(\d+)/.exec(kernel.version)?.[1] ?? 0);
  if (minor >= 26) return ['hvc0', 'xvc0'];
  return kernel.config === undefined ? ['xvc0', 'hvc0'] : ['xvc0'];
}

/** Without a configuration by the version: Debian's and Ubuntu's kernels called -xen before 2.6.32 were all xenlinux. */
function isXenlinux({ config, version }: Kernel): boolean {
  if (config !== undefined) return config.console === 'xvc0';
  return /^2\.6\.(?:1\d|2\d)-.*xen/.test(version);
}
