import type { ViewOptions } from '../guest-access/direct/raw-view.js';
import type { DiskImage } from '../model.js';
import { type Conversion, committedOf } from '../state/conversions.js';
import { hashImage } from './compare-layers.js';

/**
 * Whether an image is as its conversion left it, as far as that can be told at the cost of what the conversion wrote:
 * it is the same file with the same times, or what was written and every superblock still read the same.
 */
export async function isUnchanged(
  conversion: Conversion,
  image: DiskImage,
  options: ViewOptions,
): Promise<boolean> {
  const committed = committedOf(conversion);
  if (committed === undefined) return false;
  const { identity, watched, sha256 } = committed;
  // The times of a device's node say nothing about what other domains write to it.
  if (identity.inode !== '0' && JSON.stringify(identity) === JSON.stringify(image.identity)) return true;
  if (watched.length === 0 || sha256 === undefined) return false;
  return (await hashImage(image, watched, options)) === sha256;
}
