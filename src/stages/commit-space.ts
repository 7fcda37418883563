import { stat, statfs } from 'node:fs/promises';
import { ToolError } from '../errors.js';
import type { DiskImage } from '../model.js';
import type { Extent } from '../tools/qemu-img.js';
import { bytesOf } from './extents.js';

/** The tables of a qcow2 layer: less for any that a conversion makes. */
const tableBytes = 4 * 1024 * 1024;

/**
 * Throws a `ToolError` unless there is room for the undo archive, and for what a sparse or growing image may take in
 * the commit: running out in the middle must not happen.
 */
export async function checkSpace(
  image: DiskImage,
  ranges: readonly Extent[],
  archiveFolder: string,
): Promise<void> {
  const archive = bytesOf(ranges) + tableBytes;
  // A block device has its space already.
  const growth = image.identity.bytes === 0 ? 0 : bytesOf(ranges);
  const [one, other] = await Promise.all([stat(archiveFolder), stat(image.path)]);
  const isOne = one.dev === other.dev;
  const place = ', or name another place for the archive with --state-dir';
  await requireSpace(archiveFolder, isOne ? archive + growth : archive, 'the undo archive', place);
  if (growth > 0 && !isOne) await requireSpace(image.path, growth, 'the commit', '');
}

async function requireSpace(path: string, needed: number, what: string, otherwise: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new ToolError(`the file system of ${path} has ${free} bytes free, and ${what} may need ${needed}`, {
    remedy: `make room on that file system${otherwise}; then run the conversion again`,
  });
}
