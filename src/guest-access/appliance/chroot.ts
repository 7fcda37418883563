import type { Mount } from '../../model.js';
import { type Guestfish, withGuestfish } from '../../tools/guestfish.js';
import { applianceEnvironment, kernelParameters } from './environment.js';
import { mountAll } from './mount.js';
import { runWorkScripts } from './work-scripts.js';

/** The guest's file systems, mounted for writing in the appliance, and a script that works on them in a chroot. */
export interface Chroot {
  /** What a file system has left for ordinary users. */
  space(path: string): Promise<{ readonly bytes: number; readonly files: number }>;
  /** Runs the work disk's scripts to their end and returns the exit code; `onLine` hears what they say. */
  run(onLine: (line: string) => void): Promise<number>;
}

export interface ChrootOptions {
  /** The guest's disk, a qcow2 overlay that is thrown away unless all goes well. */
  readonly overlay: string;
  readonly workDisk: string;
  readonly mounts: readonly Mount[];
  readonly network: boolean;
  readonly scratch: string;
  readonly kvm: boolean;
  readonly signal: AbortSignal;
}

/**
 * Launches an appliance with the overlay and a work disk, mounts the guest's file systems and hands them to `fn`.
 * Without `network` no code of the guest reaches any. The appliance is gone when the promise settles.
 */
export async function withChroot<T>(options: ChrootOptions, fn: (chroot: Chroot) => Promise<T>): Promise<T> {
  const { overlay, workDisk, mounts, network, kvm, signal } = options;
  const launch = {
    readOnly: false,
    // Programs of Debian 7 and before call the kernel by a page that its newer kernels leave out.
    kernelParameters: ['vsyscall=emulate', ...kernelParameters(kvm)],
    environment: applianceEnvironment(options),
    signal,
    beforeLaunch: [
      // Nobody needs an overlay after a power failure, so that its flushes need not reach the disk.
      ['add-drive', overlay, 'format:qcow2', 'cachemode:unsafe'],
      ['add-drive', workDisk, 'format:raw', 'cachemode:unsafe'],
      ['set-network', String(network)],
      ['set-memsize', '2048'],
      ['set-smp', '2'],
    ],
  } as const;
  return withGuestfish(launch, async (guestfish) => {
    await mountAll(guestfish, mounts, 'read-write', new Map());
    const result = await fn({
      space: (path) => spaceOf(guestfish, path),
      run: (onLine) => runWorkScripts(guestfish, signal, onLine),
    });
    await guestfish.call('umount-all');
    return result;
  });
}

async function spaceOf(guestfish: Guestfish, path: string): Promise<{ bytes: number; files: number }> {
  const values = new Map<string, number>();
  for (const line of await guestfish.call('statvfs', path)) {
    const [, name, value] = /^(\w+): (\d+)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, Number(value));
  }
  const of = (name: string) => values.get(name) ?? 0;
  // btrfs counts no inodes: it makes them as it needs them.
  const files = of('files') === 0 ? Number.POSITIVE_INFINITY : of('favail');
  return { bytes: of('bavail') * of('frsize'), files };
}
