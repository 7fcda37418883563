import { readFields } from '../guest-files/fields.js';
import { textAt } from '../guest-files/guest-tree.js';
import type { DiskLayout, GuestTree, Mount, Problem } from '../model.js';
import { namedFileSystem } from '../plan/named-file-system.js';
import { refusals } from '../plan/refusals.js';

/** Parts of the system that may have a file system of their own and that a conversion can't do without. */
const needed: ReadonlySet<string> = new Set(['/boot', '/usr', '/var', '/var/lib', '/var/lib/dpkg']);

/**
 * Where an installation of packages writes, too, if it is on this disk: the rest of /usr and /var. A path that leads out
 * of there again, by `..`, is none.
 */
const isUseful = (path: string): boolean => /^\/(?:usr|var)(?:\/(?!\.{0,2}(?:\/|$))[^/]+)+$/.test(path);

/** The root and what the guest's fstab mounts below it, as far as the conversion reads or writes there. */
export function mountsOf(
  tree: GuestTree,
  layout: DiskLayout,
  root: Mount,
): { readonly mounts: readonly Mount[]; readonly problems: readonly Problem[] } {
  const mounts = new Map<string, Mount>([['/', root]]);
  const problems: Problem[] = [];
  for (const [source = '', field = '', , options] of readFields(textAt(tree, '/etc/fstab') ?? '')) {
    const path = field.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
    if (!needed.has(path) && !isUseful(path)) continue;
    const fileSystem = namedFileSystem(layout, source);
    const isMountable = fileSystem !== undefined && /^(ext[234]|xfs|btrfs)$/.test(fileSystem.type);
    if (isMountable) mounts.set(path, mountOf(fileSystem.device, path, options));
    else if (needed.has(path)) problems.push(refusals['missing-file-system'](path, source));
  }
  return { mounts: [...mounts.values()], problems };
}

function mountOf(device: string, path: string, options: string | undefined): Mount {
  const subvolume = subvolumeOption(options);
  return { device, path, ...(subvolume === undefined ? {} : { options: [subvolume] }) };
}

/** `subvol=@rootfs` among the options of an fstab line, without the slash that may lead the name; undefined without one. */
export function subvolumeOption(options: string | undefined): string | undefined {
  const option = options?.split(',').find((text) => text.startsWith('subvol='));
  const name = option?.slice('subvol='.length).replace(/^\/+|\/+$/g, '') ?? '';
  return name === '' ? undefined : `subvol=${name}`;
}
