import { ToolError } from '../../errors.js';
import type { FileSystem } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';
import { devicePlace } from './device-place.js';

/** What kind of XFS it is, and whether its log is empty. */
export async function readXfs(
  guestfish: Guestfish,
  device: string,
): Promise<Pick<FileSystem, 'clean' | 'features'>> {
  const place = devicePlace(device);
  // The first knows the log's end as the kernel would find it and prints its state before the log itself.
  const program = `xfs_logprint -t ${place} 2>&1 | grep -m 1 state: ; xfs_db -r -c version ${place} 2>&1`;
  const lines = await guestfish.call('debug', 'sh', program);
  const text = lines.join('\n');
  if (/not found/.test(text)) {
    throw new ToolError('the libguestfs appliance has no programs for XFS', {
      remedy: 'apt install libguestfs-xfs',
    });
  }
  const state = /state: <(CLEAN|DIRTY)>/.exec(text)?.[1];
  const words = /^versionnum \[[^\]]*\] = (\S+)$/m.exec(text)?.[1]?.toLowerCase().split(',');
  return {
    ...(state === undefined ? {} : { clean: state === 'CLEAN' }),
    ...(words === undefined ? {} : { features: words }),
  };
}
