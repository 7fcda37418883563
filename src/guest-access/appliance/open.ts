import { join } from 'node:path';
import type { DiskLayout, ImageFormat } from '../../model.js';
import { withGuestfish } from '../../tools/guestfish.js';
import { qemuFormat } from '../../tools/qemu-img.js';
import type { GuestAccess } from '../guest-access.js';
import { checkFileSystems } from './check.js';
import { applianceEnvironment, kernelParameters } from './environment.js';
import { readLayout } from './layout.js';
import { mountAll } from './mount.js';
import { download, readSnapshot } from './read.js';
import { replayJournals } from './replay.js';
import { appendFile, writeSteps } from './write.js';

export interface ApplianceOptions {
  readonly disk: { readonly path: string; readonly format: ImageFormat | 'qcow2' };
  readonly writable: boolean;
  /** An empty folder of this run: libguestfs' and our own temporary files, gone with it. */
  readonly scratch: string;
  /** False makes QEMU emulate the processor; see `probeKvm`. */
  readonly kvm: boolean;
  readonly signal: AbortSignal;
}

export interface ApplianceAccess extends GuestAccess {
  readonly kind: 'appliance';
  /** Replays the journals of these file systems, by what mends nothing else; only where the access may write. */
  replay(devices: readonly string[]): Promise<void>;
}

/**
 * Launches the libguestfs appliance once and hands `fn` the guest's files through it: any file system and
 * LVM. The appliance is gone when the promise settles, also after an abort.
 */
export async function withAppliance<T>(
  options: ApplianceOptions,
  fn: (access: ApplianceAccess) => Promise<T>,
): Promise<T> {
  const { disk, writable, scratch, kvm, signal } = options;
  const launch = {
    disk: { path: disk.path, qemuFormat: qemuFormat(disk.format) },
    readOnly: !writable,
    kernelParameters: kernelParameters(kvm),
    environment: applianceEnvironment({ scratch, kvm }),
    signal,
  };
  return withGuestfish(launch, (guestfish) => {
    let counter = 0;
    const temporary = (): string => {
      counter += 1;
      return join(scratch, `transfer-${counter}`);
    };
    // What lies where stays as it is; whether it is clean doesn't.
    const types = new Map<string, string>();
    const layout = async (): Promise<DiskLayout> => {
      const found = await readLayout(guestfish, temporary);
      for (const { device, type } of found.fileSystems) types.set(device, type);
      return found;
    };
    return fn({
      kind: 'appliance',
      layout,
      replay: (devices) => replayJournals(guestfish, devices, (device) => types.get(device)),
      mount: (mounts, mode) => mountAll(guestfish, mounts, mode, types),
      snapshot: (request) => readSnapshot(guestfish, request, temporary),
      download: (guestPath, hostPath, limit) => download(guestfish, guestPath, hostPath, limit),
      write: (steps) => writeSteps(guestfish, steps, temporary),
      append: (guestPath, content) => appendFile(guestfish, guestPath, content, temporary),
      check: (devices) => checkFileSystems(guestfish, devices),
    });
  });
}
