import { dirname } from 'node:path';
import { ToolError } from '../errors.js';
import { fuseObstacle, type ViewOptions, withRawView } from '../guest-access/direct/raw-view.js';
import type { DiskImage } from '../model.js';
import { withDiskFile } from '../tools/disk-file.js';
import {
  createOverlay,
  type Extent,
  fillFromDifference,
  layerExtents,
  moveBacking,
  readsLike,
} from '../tools/qemu-img.js';
import { compareWithLayer } from './compare-layers.js';
import { mergeExtents, piecesOf } from './extents.js';

export interface Saving {
  readonly image: DiskImage;
  /** The layer that is going to be committed into the image. */
  readonly layer: string;
  /** What it holds, merged. */
  readonly ranges: readonly Extent[];
  /** Where the archive goes. */
  readonly archive: string;
}

/**
 * Makes a qcow2 layer over the image that holds the image's own content wherever the commit of `layer` is going to
 * change it: committed in its turn, it gives back the original, which `qemu-img commit` can do without this program.
 * It is read back and compared. Throws a `ToolError`; the image is only read.
 */
export async function saveOriginals(saving: Saving, signal: AbortSignal): Promise<void> {
  const { image, archive } = saving;
  await createOverlay(archive, image.path, image.format);
  if ((await fuseObstacle()) === undefined) await saveRanges(saving, { signal, scratch: dirname(archive) });
  else await saveDifference(saving);
}

async function saveRanges({ image, archive, ranges }: Saving, options: ViewOptions): Promise<void> {
  const layer = { path: archive, format: 'qcow2' } as const;
  await withRawView(image, 'read-only', options, (source) =>
    withRawView(layer, 'read-write', { ...options, sparse: true }, (target) =>
      withDiskFile(source, 'read-only', (from) =>
        withDiskFile(target, 'read-write', async (to) => {
          for (const piece of piecesOf(ranges)) await to.write(piece.start, await from.read(piece));
        }),
      ),
    ),
  );
  // What the archive doesn't hold itself would read like the image, too.
  const held = mergeExtents(await layerExtents(archive), image.virtualBytes);
  const gap = ranges.find((range) => !held.some((one) => contains(one, range)));
  const comparison = await compareWithLayer(archive, image, ranges, options);
  if (gap === undefined && comparison.kind === 'same') return;
  throw incomplete(comparison.kind === 'different' ? comparison.at : (gap?.start ?? 0));
}

const contains = (one: Extent, other: Extent): boolean =>
  one.start <= other.start && other.start + other.length <= one.start + one.length;

/** Without FUSE, at the cost of a look at the whole disk: what the image and the layer have differently. */
async function saveDifference({ image, layer, archive }: Saving): Promise<void> {
  await fillFromDifference(archive, layer);
  if (!(await readsLike(archive, image))) throw incomplete(0);
  await moveBacking(archive, image);
}

const incomplete = (at: number): ToolError =>
  new ToolError(`the undo archive does not hold what the image has, from byte ${at} on`);
