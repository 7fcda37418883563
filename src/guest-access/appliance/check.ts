import type { Guestfish } from '../../tools/guestfish.js';
import { devicePlace } from './device-place.js';

/** Marks the end of a clean check in the output, since the shell's exit code doesn't come back. */
const clean = 'convert-image: clean';

/**
 * Unmounts everything and checks each file system without writing to it. libguestfs' own `e2fsck` call has no way to
 * say `-n`; `debug sh` runs the appliance's program.
 */
export async function checkFileSystems(guestfish: Guestfish, devices: readonly string[]): Promise<string[]> {
  await guestfish.call('umount-all');
  const problems: string[] = [];
  for (const device of new Set(devices)) {
    const [type = ''] = await guestfish.call('vfs-type', device);
    const program = checker(type, device);
    if (program === undefined) continue;
    const lines = await guestfish.call('debug', 'sh', `${program} 2>&1 && echo ${clean} || true`);
    if (!lines.includes(clean)) problems.push(...lines.slice(0, 20).map((line) => `${device}: ${line}`));
  }
  return problems;
}

function checker(type: string, device: string): string | undefined {
  const place = devicePlace(device);
  if (/^ext[234]$/.test(type)) return `e2fsck -fn ${place}`;
  if (type === 'xfs') return `xfs_repair -n ${place}`;
  if (type === 'btrfs') return `btrfs check --readonly ${place}`;
  return undefined;
}
