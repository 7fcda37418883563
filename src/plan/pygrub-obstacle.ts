import type { Facts, FileSystem } from '../model.js';
import { bootPlace } from './boot-file-system.js';

/**
 * Why pygrub can't read the guest's boot files, as the end of "pygrub can't read /boot: …"; undefined when it can. It
 * looks at the whole disk, the four primary partitions or those of a GPT, and has readers for ext2/3/4 and for XFS as
 * it was before 2013 (Xen tools/pygrub/src/pygrub, tools/libfsimage; tried with the one of Xen 4.17).
 */
export function pygrubObstacle(facts: Facts): string | undefined {
  const place = bootPlace(facts);
  if (place === undefined) return undefined;
  return placeObstacle(place.fileSystem, facts) ?? typeObstacle(place.fileSystem);
}

function placeObstacle(
  { device, partition, logicalVolume }: FileSystem,
  { layout }: Facts,
): string | undefined {
  if (logicalVolume !== undefined) return `it is on the logical volume ${logicalVolume}`;
  if (layout.partitionTable === 'none') return undefined;
  if (partition === undefined) return `it is on ${device}, which is no partition`;
  if (layout.partitionTable === 'mbr' && partition > 4) return `it is on the logical partition ${device}`;
  return undefined;
}

function typeObstacle({ device, type, features }: FileSystem): string | undefined {
  if (/^ext[234]$/.test(type)) {
    return features?.includes('bigalloc')
      ? `the file system on ${device} has the feature bigalloc`
      : undefined;
  }
  if (type !== 'xfs') return `the file system on ${device} is ${type}`;
  const isOld = features?.includes('v4') === true && !features.includes('ftype');
  return isOld ? undefined : `the file system on ${device} is XFS of a kind that it doesn't know`;
}
