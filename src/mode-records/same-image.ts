import { stat } from 'node:fs/promises';
import { deviceNumber } from '../tools/block-layers.js';
import type { RecordDisk } from './mode-record.js';

/** What stays the same whatever name a disk image is reached by. */
export interface ImageKey {
  readonly key: string;
}

/**
 * Which file or device a name leads to, symbolic and hard links and device nodes resolved; undefined when there is
 * none. A `Buffer` names a file whose name isn't UTF-8.
 */
export async function imageKey(name: string | Buffer): Promise<ImageKey | undefined> {
  try {
    const found = await stat(name, { bigint: true });
    return {
      key: found.isBlockDevice() ? `device ${deviceNumber(found.rdev)}` : `file ${found.dev}:${found.ino}`,
    };
  } catch {
    return undefined;
  }
}

/** The first disk of an xl configuration that is this image; undefined when none is. */
export async function diskOfImage(
  disks: readonly RecordDisk[],
  image: ImageKey,
): Promise<RecordDisk | undefined> {
  for (const disk of disks) {
    if (disk.target === '' || disk.script !== undefined) continue;
    // xl looks for a relative target below /dev (xl-disk-configuration(5)).
    const name = disk.target.startsWith('/') ? disk.target : `/dev/${disk.target}`;
    if (name.includes('\0')) continue;
    const key = await imageKey(Buffer.from(name, 'latin1'));
    if (key?.key === image.key) return disk;
  }
  return undefined;
}
