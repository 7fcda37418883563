import type { GuestAccess } from '../guest-access/guest-access.js';
import { readFields } from '../guest-files/fields.js';
import { textAt } from '../guest-files/guest-tree.js';
import type { DiskLayout, FileSystem, GuestTree, Mount, Problem } from '../model.js';
import { refusals } from '../plan/refusals.js';
import { readRelease, releaseFiles } from '../releases/release.js';
import { subvolumeOption } from './guest-mounts.js';

/** The file system that is the root of the disk's only system, and what was read there to find it. */
export type Root =
  | { readonly kind: 'root'; readonly mount: Mount; readonly tree: GuestTree }
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/** File systems that a Linux root, /boot, /usr or /var may be on. */
const isMountable = ({ type }: FileSystem): boolean => /^(ext[234]|xfs|btrfs)$/.test(type);

interface Found {
  readonly mount: Mount;
  readonly tree: GuestTree;
  readonly name: string;
}

/** Looks for a system on every file system, one after the other and read-only. Refuses none, and more than one. */
export async function findRoot(access: GuestAccess, layout: DiskLayout): Promise<Root> {
  const candidates = layout.fileSystems.filter(isMountable);
  const found: Found[] = [];
  for (const fileSystem of candidates) {
    const root = await rootOn(access, fileSystem);
    if (root !== undefined) found.push(root);
  }
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return { kind: 'root', ...first };
  const names = found.map(({ name }) => name);
  return { kind: 'refusal', problems: [noSingleRoot(layout, candidates, names)] };
}

/** How many subvolumes are looked at: snapshots of a root can be hundreds. */
const maximumSubvolumes = 16;

async function rootOn(access: GuestAccess, fileSystem: FileSystem): Promise<Found | undefined> {
  const { device, defaultSubvolume, subvolumes = [] } = fileSystem;
  const plain = await lookAt(access, { device, path: '/', ...optionsOf(defaultSubvolume) });
  const named = plain === undefined ? undefined : namedSubvolume(plain.tree);
  if (plain !== undefined && (named === undefined || named === (defaultSubvolume ?? ''))) return plain;
  // Which subvolume it is, its own fstab says; a snapshot of the root has the same fstab and another name.
  const others = subvolumes.filter((name) => name !== defaultSubvolume);
  const likely = others.filter((name) => name === named || (named === undefined && !name.includes('/')));
  for (const subvolume of likely.slice(0, maximumSubvolumes)) {
    const found = await lookAt(access, { device, path: '/', ...optionsOf(subvolume) });
    if (found !== undefined && namedSubvolume(found.tree) === subvolume) return found;
  }
  return plain;
}

const optionsOf = (subvolume: string | undefined): Pick<Mount, 'options'> =>
  subvolume === undefined ? {} : { options: [`subvol=${subvolume}`] };

async function lookAt(access: GuestAccess, mount: Mount): Promise<Found | undefined> {
  await access.mount([mount], 'read-only');
  const tree = await access.snapshot({ trees: [...releaseFiles, '/etc/fstab'], listings: ['/'] });
  const release = readRelease(tree);
  const place = [mount.device, ...(mount.options ?? [])].join(' ');
  return release === undefined ? undefined : { mount, tree, name: `${release.name} on ${place}` };
}

/** The subvolume that the guest's fstab names for its root; undefined when it names none. */
function namedSubvolume(tree: GuestTree): string | undefined {
  const line = readFields(textAt(tree, '/etc/fstab') ?? '').find(([, path]) => path === '/');
  return subvolumeOption(line?.[3])?.slice('subvol='.length);
}

/** Contents that may hold a system and that the tool can't look into. */
const closed =
  /^(linux_raid_member|zfs_member|bcache|DM_integrity|ddf_raid_member|isw_raid_member|f2fs|reiserfs|jfs|nilfs2)$/;

function noSingleRoot(
  { fileSystems, partitionTable }: DiskLayout,
  candidates: readonly FileSystem[],
  roots: readonly string[],
): Problem {
  if (roots.length > 1) return refusals['several-systems'](roots);
  const encrypted = fileSystems.filter(({ type }) => type === 'crypto_LUKS').map(({ device }) => device);
  if (encrypted.length > 0) return refusals['encrypted-root'](encrypted);
  const isEmpty = partitionTable === 'none' && fileSystems.every(({ type }) => type === 'unknown');
  if (isEmpty) return refusals['empty-disk']();
  const unreadable = fileSystems.filter(({ type }) => closed.test(type));
  if (unreadable.length > 0) return refusals['unreadable-layout'](unreadable.map(describe));
  return refusals['no-operating-system'](candidates.map(describe));
}

const describe = ({ device, type }: FileSystem): string => `${device} (${type})`;
