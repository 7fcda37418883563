import { readFile, rm } from 'node:fs/promises';
import type { FileSystem } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';
import { withoutReplay } from './mount.js';

/** The first superblock is at 64 KiB; its log tree's address is 96 bytes behind that (linux/btrfs_tree.h). */
const superblockAt = 64 * 1024;
const logRootAt = 96;
/** The id of a file system's top (BTRFS_FS_TREE_OBJECTID). */
const topId = '5';

/** The subvolumes of a btrfs file system, and whether its log tree is empty. Leaves nothing mounted. */
export async function readBtrfs(
  guestfish: Guestfish,
  device: string,
  temporary: string,
): Promise<Pick<FileSystem, 'clean' | 'subvolumes' | 'defaultSubvolume'>> {
  await guestfish.call('download-offset', device, temporary, String(superblockAt), '4096');
  const superblock = await readFile(temporary);
  await rm(temporary);
  await guestfish.call('umount-all');
  await guestfish.call('mount-options', withoutReplay('btrfs'), device, '/');
  const subvolumes = parseSubvolumes(await guestfish.call('btrfs-subvolume-list', '/'));
  const [id = topId] = subvolumes.size === 0 ? [] : await guestfish.call('btrfs-subvolume-get-default', '/');
  await guestfish.call('umount-all');
  const defaultSubvolume = subvolumes.get(id);
  return {
    clean: superblock.readBigUInt64LE(logRootAt) === 0n,
    subvolumes: [...subvolumes.values()],
    ...(defaultSubvolume === undefined ? {} : { defaultSubvolume }),
  };
}

/** Path by id, from guestfish's print of the list. */
function parseSubvolumes(lines: readonly string[]): ReadonlyMap<string, string> {
  const subvolumes = new Map<string, string>();
  let id = '';
  for (const line of lines) {
    const [, key, value] = /^\s*btrfssubvolume_(id|path): (.*)$/.exec(line) ?? [];
    if (key === 'id') id = value ?? '';
    if (key === 'path' && value !== undefined) subvolumes.set(id, value);
  }
  return subvolumes;
}
