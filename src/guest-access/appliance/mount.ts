import type { Mount } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** Mount options for a read-only look that replays no journal, by the file system's type. */
export function withoutReplay(type: string): string {
  if (type === 'ext3' || type === 'ext4') return 'ro,noload';
  if (type === 'xfs') return 'ro,norecovery';
  return type === 'btrfs' ? 'ro,rescue=nologreplay' : 'ro';
}

/** Unmounts everything and mounts these, parents first. */
export async function mountAll(
  guestfish: Guestfish,
  mounts: readonly Mount[],
  mode: 'read-only' | 'read-write',
  knownTypes: ReadonlyMap<string, string>,
): Promise<void> {
  await guestfish.call('umount-all');
  // A fresh look must come from the disk, not from what the appliance remembers.
  await guestfish.call('drop-caches', '3');
  const parentsFirst = [...mounts].sort((one, other) => one.path.length - other.path.length);
  for (const { device, path, options = [] } of parentsFirst) {
    const access = mode === 'read-write' ? 'rw' : withoutReplay(await typeOf(guestfish, device, knownTypes));
    // Resolved inside the guest: mounting itself follows the guest's links to the appliance's own folders.
    const [place = path] = path === '/' ? [path] : await guestfish.call('realpath', path);
    await guestfish.call('mount-options', [access, ...options].join(','), device, place);
  }
}

async function typeOf(
  guestfish: Guestfish,
  device: string,
  knownTypes: ReadonlyMap<string, string>,
): Promise<string> {
  const known = knownTypes.get(device);
  if (known !== undefined) return known;
  const [type = ''] = await guestfish.call('vfs-type', device);
  return type;
}
