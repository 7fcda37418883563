import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fuseObstacle, withRawView } from '../guest-access/direct/raw-view.js';
import type { Overlay } from '../model.js';
import { type Extent, readsLike } from '../tools/qemu-img.js';

const chunkBytes = 1024 * 1024;

/**
 * Reads these parts of the guest's disk through the overlay and from the image, and returns where they begin to differ;
 * undefined when they are the same. Costs what the overlay holds, whatever the image's size.
 */
export async function firstDifference(
  { path, image }: Overlay,
  extents: readonly Extent[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const options = { signal, scratch: dirname(path) };
  // Without FUSE there is no view of a part; QEMU compares the whole disk.
  if ((await fuseObstacle()) !== undefined) return (await readsLike(path, image)) ? undefined : 0;
  return withRawView({ path, format: 'qcow2' }, 'read-only', options, (overlayView) =>
    withRawView(image, 'read-only', options, (imageView) => compare(overlayView, imageView, extents)),
  );
}

async function compare(one: string, other: string, extents: readonly Extent[]): Promise<number | undefined> {
  const [oneFile, otherFile] = await Promise.all([open(one), open(other)]);
  try {
    for (const { start, length } of extents) {
      for (let position = start; position < start + length; position += chunkBytes) {
        const wanted = Math.min(chunkBytes, start + length - position);
        const [left, right] = await Promise.all(
          [oneFile, otherFile].map((file) => read(file, position, wanted)),
        );
        if (left === undefined || right === undefined || !left.equals(right)) return position;
      }
    }
    return undefined;
  } finally {
    await Promise.all([oneFile.close(), otherFile.close()]);
  }
}

async function read(
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  wanted: number,
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, position);
  return buffer.subarray(0, bytesRead);
}
