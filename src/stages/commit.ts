import { mkdir, rename, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Context } from '../context.js';
import { CommitError, ToolError } from '../errors.js';
import type { Overlay } from '../model.js';
import { writersOf } from '../tools/open-files.js';
import { commitOverlay, type Extent, overlayExtents } from '../tools/qemu-img.js';
import { firstDifference } from './compare-extents.js';
import { domainsWith } from './domains.js';
import { identify } from './open.js';

/**
 * Moves the overlay's content into the disk image, after a last look that nobody else has touched the image since it
 * was opened. The overlay stays full, so that a commit that failed in the middle can be repeated; saving the original
 * content first, and with it rolling back, takes its place between the look and the commit (design section 6, step 4).
 */
export async function commit(overlay: Overlay, { stateDirectory, signal }: Context): Promise<void> {
  await checkUnchanged(overlay);
  const extents = await overlayExtents(overlay.path);
  await checkSpace(overlay, extents);
  try {
    await commitOverlay(overlay.path);
    const difference = await firstDifference(overlay, extents, signal);
    if (difference !== undefined) {
      throw new ToolError(
        `the image does not read like the overlay after the commit, from byte ${difference} on`,
      );
    }
  } catch (error) {
    const kept = await keepOverlay(overlay, stateDirectory);
    throw new CommitError(
      `the commit into ${overlay.image.path} failed: ${error instanceof Error ? error.message : error}`,
      {
        remedy: `do not start the guest; run "qemu-img commit -d -f qcow2 ${kept}" until it succeeds`,
        cause: error,
      },
    );
  }
}

/** Takes the overlay out of the run's scratch folder, since it holds what the image lacks. */
async function keepOverlay({ path, image }: Overlay, stateDirectory: string): Promise<string> {
  const directory = join(stateDirectory, 'uncommitted');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const kept = join(directory, `${basename(image.path)}.${process.pid}.qcow2`);
  await rename(path, kept);
  return kept;
}

async function checkUnchanged({ image }: Overlay): Promise<void> {
  const now = await identify(image.path);
  const users = [...(await writersOf(image.path)), ...(await domainsWith(image))];
  if (users.length > 0) throw new ToolError(`${image.path} has come into use meanwhile: ${users.join(', ')}`);
  if (JSON.stringify(now) !== JSON.stringify(image.identity)) {
    throw new ToolError(`${image.path} was changed by somebody else during the conversion`, {
      remedy: 'make sure that nothing writes to the image, and run the conversion again',
    });
  }
}

/** A sparse raw file or a qcow2 may grow by what the overlay holds; running out in the middle must not happen. */
async function checkSpace({ image }: Overlay, extents: readonly Extent[]): Promise<void> {
  if (image.identity.bytes === 0) return; // A block device has its space already.
  const needed = extents.reduce((sum, { length }) => sum + length, 0);
  const { bavail, bsize } = await statfs(image.path);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new ToolError(
    `the file system of ${image.path} has ${free} bytes free, and the commit may need ${needed}`,
    {
      remedy: 'make room on that file system, and run the conversion again',
    },
  );
}
