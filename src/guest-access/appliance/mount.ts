import type { Mount } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** Mount options that keep a read-only look from replaying a journal, by file system. */
const withoutReplay: Readonly<Record<string, string>> = {
  ext3: 'ro,noload',
  ext4: 'ro,noload',
  xfs: 'ro,norecovery',
};

/** Unmounts everything and mounts these, parents first. */
export async function mountAll(
  guestfish: Guestfish,
  mounts: readonly Mount[],
  mode: 'read-only' | 'read-write',
): Promise<void> {
  await guestfish.call('umount-all');
  // A fresh look must come from the disk, not from what the appliance remembers.
  await guestfish.call('drop-caches', '3');
  const parentsFirst = [...mounts].sort((one, other) => one.path.length - other.path.length);
  for (const { device, path } of parentsFirst) {
    const [type = ''] = mode === 'read-only' ? await guestfish.call('vfs-type', device) : [];
    const options = mode === 'read-write' ? 'rw' : (withoutReplay[type] ?? 'ro');
    await guestfish.call('mount-options', options, device, path);
  }
}
