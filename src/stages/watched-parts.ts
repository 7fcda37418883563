import { fuseObstacle, type ViewOptions, withRawView } from '../guest-access/direct/raw-view.js';
import type { DiskImage } from '../model.js';
import { readPartitions } from '../tools/partition-table.js';
import type { Extent } from '../tools/qemu-img.js';
import { mergeExtents } from './extents.js';

/** Reaches the superblocks of ext (1 KiB), XFS (0), btrfs (64 KiB), and LVM's labels (0.5 KiB). */
const headBytes = 128 * 1024;

/**
 * What tells whether a guest has run since a commit: what the commit wrote, and where every file system that is mounted
 * for writing leaves a trace, its superblock (ext4 its mount time, btrfs its generation, XFS its counters).
 */
export async function watchedParts(
  image: DiskImage,
  ranges: readonly Extent[],
  options: ViewOptions,
): Promise<Extent[]> {
  if (image.format !== 'raw' && (await fuseObstacle()) !== undefined) return [...ranges];
  const { partitions } = await withRawView(image, 'read-only', options, (raw) =>
    readPartitions(raw, options.signal),
  );
  const heads = [0, ...partitions.map(({ start }) => start)].map((start) => ({ start, length: headBytes }));
  return mergeExtents([...ranges, ...heads], image.virtualBytes);
}
