import { readFields } from '../../guest-files/fields.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Facts, FileSystem, GuestTree, Notice } from '../../model.js';

/**
 * A notice for each swap area of fstab that isn't on the image: systemd waits a minute and a half for it at every boot.
 * `tree` has the names that hold under PV already.
 */
export function missingSwapNotices(tree: GuestTree, { layout }: Facts): Notice[] {
  return readFields(textAt(tree, '/etc/fstab') ?? '')
    .filter(([, , type, options = '']) => type === 'swap' && !/(?:^|,)(?:noauto|nofail)(?:,|$)/.test(options))
    .map(([device = '']) => device)
    .filter((device) => isMissing(device, layout.fileSystems))
    .map((device) => ({
      code: 'missing-swap',
      message: `/etc/fstab has swap on ${device}, which is not on this image; the boot may wait for it`,
    }));
}

function isMissing(source: string, fileSystems: readonly FileSystem[]): boolean {
  const [, tag, value = ''] = /^(?:\/dev\/disk\/by-)?(uuid|partuuid)[=/]"?([^"]*)"?$/i.exec(source) ?? [];
  const number = /^\/dev\/xvda(\d+)$/.exec(source)?.[1];
  if (number !== undefined) return !fileSystems.some(({ partition }) => partition === Number(number));
  if (tag === undefined) return false;
  const ids = fileSystems.map(({ uuid, partitionUuid }) =>
    tag.toLowerCase() === 'uuid' ? uuid : partitionUuid,
  );
  return !ids.some((id) => id?.toLowerCase() === value.toLowerCase());
}
