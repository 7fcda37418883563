import { ToolError } from '../../errors.js';
import type { Guestfish } from '../../tools/guestfish.js';
import { devicePlace } from './device-place.js';

/**
 * Replays the journals of these file systems and leaves nothing mounted. XFS and btrfs have no other way than being
 * mounted; e2fsck replays without a look at the rest, and is told not to repair anything.
 */
export async function replayJournals(
  guestfish: Guestfish,
  devices: readonly string[],
  typeOf: (device: string) => string | undefined,
): Promise<void> {
  await guestfish.call('umount-all');
  for (const device of devices) {
    if (/^ext[234]$/.test(typeOf(device) ?? '')) await replayExt(guestfish, device);
    else {
      await guestfish.call('mount-options', 'rw', device, '/');
      await guestfish.call('umount-all');
    }
  }
}

const done = 'convert-image: replayed';

async function replayExt(guestfish: Guestfish, device: string): Promise<void> {
  // 1: errors corrected (e2fsck(8)), which is what a replay is.
  const program = `e2fsck -p -E journal_only ${devicePlace(device)} 2>&1; [ $? -le 1 ] && echo ${done}`;
  const lines = await guestfish.call('debug', 'sh', `${program} || true`);
  if (!lines.includes(done)) throw new ToolError(`e2fsck: ${device}: ${lines.slice(0, 5).join('; ')}`);
}
