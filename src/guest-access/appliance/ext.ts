import type { FileSystem } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** The features of an ext file system, and whether it was unmounted properly with nothing left in its journal. */
export async function readExt(
  guestfish: Guestfish,
  device: string,
): Promise<Pick<FileSystem, 'clean' | 'features'>> {
  const superblock = await guestfish.call('tune2fs-l', device);
  const fieldOf = (key: string): string =>
    superblock
      .find((line) => line.startsWith(`${key}: `))
      ?.slice(key.length + 1)
      .trim() ?? '';
  const features = fieldOf('Filesystem features')
    .split(/\s+/)
    .filter((name) => name !== '' && name !== '(none)');
  const isReplayed = !features.includes('needs_recovery') && !features.includes('orphan_present');
  return { features, clean: isReplayed && fieldOf('Filesystem state') === 'clean' };
}
