import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDir } from 'tmp-promise';
import { ToolError } from '../../errors.js';
import type { ImageFormat } from '../../model.js';
import { withFuseExport } from '../../tools/qemu-storage-daemon.js';
import { giveToConfined, hasOwnUser } from '../../tools/sandbox.js';
import { describeImage } from './backing-chain.js';

/** An image or overlay. */
export interface ViewedImage {
  readonly path: string;
  readonly format: ImageFormat;
}

/**
 * Hands `fn` a path at which the guest's disk can be read as raw bytes: the image itself if it is raw and only read, and
 * not for confined parsers; else QEMU's view of it, which is gone when the promise settles. When the promise resolves,
 * what was written through the view is in the image.
 */
export async function withRawView<T>(
  image: ViewedImage,
  access: 'read-only' | 'read-write',
  { signal, scratch, forParsers = false, sparse = false }: ViewOptions,
  fn: (rawPath: string) => Promise<T>,
): Promise<T> {
  const obstacle = await fuseObstacle();
  const isViewWanted = forParsers && obstacle === undefined && (await hasOwnUser());
  const isReadable = image.format === 'raw' && access === 'read-only';
  if (isReadable && !isViewWanted) return fn(image.path);
  if (obstacle !== undefined) throw new ToolError(obstacle, { remedy: 'use --access appliance' });
  const described = await describeImage(image, access);
  const node = {
    ...described,
    ...(sparse ? { 'detect-zeroes': 'on' as const } : {}),
    // As without a view: who only looks at an image keeps nobody from it, least of all a commit.
    ...(isReadable ? { file: { ...described.file, locking: 'off' as const } } : {}),
  };
  const view = async ({ path }: { path: string }): Promise<T> => {
    const mountPoint = join(path, 'disk');
    await writeFile(mountPoint, '', { mode: 0o600 });
    const writable = access === 'read-write';
    return withFuseExport({ node, writable, mountPoint, signal }, async (rawPath) => {
      // QEMU before 6.1 has no owners in its export: parsers then run as our user.
      if (forParsers) await giveToConfined(rawPath).catch(() => {});
      const result = await fn(rawPath);
      if (writable) await flush(rawPath);
      return result;
    });
  };
  return withDir(view, { unsafeCleanup: true, tmpdir: scratch, prefix: 'view' });
}

export interface ViewOptions {
  readonly signal: AbortSignal;
  /** A folder of this run, for the mount point: what a killed run leaves there is swept with it. */
  readonly scratch: string;
  /**
   * The view belongs to the user as whom parsers run in the sandbox, where there is one. Those can't open the image
   * itself: it is for root's eyes only, as images are.
   */
  readonly forParsers?: boolean;
  /** Keeps clusters of zeros that are written without storing them. */
  readonly sparse?: boolean;
}

/** Why this host can't show an image as a raw file; undefined when it can. */
export async function fuseObstacle(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'only root can have a mount that no other process sees';
  try {
    await (await open('/dev/fuse', 'r+')).close();
    return undefined;
  } catch (error) {
    return `/dev/fuse can't be used: ${String(error)}`;
  }
}

/** QEMU reports a failed write of its tables here, and not when it ends. */
async function flush(rawPath: string): Promise<void> {
  const disk = await open(rawPath, 'r+');
  try {
    await disk.sync();
  } catch (error) {
    throw new ToolError(`could not write to the overlay: ${String(error)}`, { cause: error });
  } finally {
    await disk.close();
  }
}
