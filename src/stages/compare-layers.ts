import { createHash } from 'node:crypto';
import { fuseObstacle, type ViewOptions } from '../guest-access/direct/raw-view.js';
import type { DiskImage } from '../model.js';
import type { DiskFile } from '../tools/disk-file.js';
import { type Extent, readsLike } from '../tools/qemu-img.js';
import { withDisks } from './disk-views.js';
import { piecesOf } from './extents.js';

/** `sha256` is that of the parts that were compared; missing where this host can't read parts of such an image. */
export type Comparison =
  | { readonly kind: 'same'; readonly sha256?: string | undefined }
  | { readonly kind: 'different'; readonly at: number };

const layerOf = (path: string) => ({ path, format: 'qcow2' }) as const;

/**
 * Compares these parts of the guest's disk as the layer over the image shows them and as the image has them, and says
 * where they begin to differ. Costs what the parts hold, whatever the image's size.
 */
export async function compareWithLayer(
  layer: string,
  image: DiskImage,
  parts: readonly Extent[],
  options: ViewOptions,
): Promise<Comparison> {
  if ((await fuseObstacle()) === undefined)
    return withDisks([layerOf(layer), image], options, (one, other) => compare(one, other, parts));
  // Without FUSE there is no view of a part of a layer: QEMU compares the whole disk.
  if (!(await readsLike(layer, image))) return { kind: 'different', at: parts[0]?.start ?? 0 };
  return { kind: 'same', sha256: await hashImage(image, parts, options) };
}

async function compare(one: DiskFile, other: DiskFile, parts: readonly Extent[]): Promise<Comparison> {
  const hash = createHash('sha256');
  for (const piece of piecesOf(parts)) {
    const [left, right] = await Promise.all([one.read(piece), other.read(piece)]);
    if (!left.equals(right)) return { kind: 'different', at: piece.start };
    hash.update(left);
  }
  return { kind: 'same', sha256: hash.digest('hex') };
}

/** SHA-256 of these parts of the image; undefined where this host can't read parts of such an image. */
export async function hashImage(
  image: DiskImage,
  parts: readonly Extent[],
  options: ViewOptions,
): Promise<string | undefined> {
  if (image.format !== 'raw' && (await fuseObstacle()) !== undefined) return undefined;
  return withDisks([image], options, async (file) => {
    const hash = createHash('sha256');
    for (const piece of piecesOf(parts)) hash.update(await file.read(piece));
    return hash.digest('hex');
  });
}

/** What a disk writes as a whole, whatever happens. */
const sectorBytes = 512;

/**
 * The first sector of these parts that the image has neither as the one layer shows it nor as the other does; undefined
 * when there is none: the image is somewhere between the two, as an interrupted commit leaves it. Without FUSE it isn't
 * looked at.
 */
export async function foreignSector(
  image: DiskImage,
  layers: readonly [string, string],
  parts: readonly Extent[],
  options: ViewOptions,
): Promise<number | undefined> {
  if ((await fuseObstacle()) !== undefined) return undefined;
  const views = [image, layerOf(layers[0]), layerOf(layers[1])] as const;
  return withDisks(views, options, async (...files) => {
    for (const piece of piecesOf(parts)) {
      const [found, one, other] = await Promise.all(files.map((file) => file.read(piece)));
      if (found === undefined || one === undefined || other === undefined) continue;
      const at = foreignIn(found, [one, other]);
      if (at !== undefined) return piece.start + at;
    }
    return undefined;
  });
}

function foreignIn(found: Buffer, wanted: readonly Buffer[]): number | undefined {
  if (wanted.some((bytes) => bytes.equals(found))) return undefined;
  for (let at = 0; at < found.length; at += sectorBytes) {
    const sector = found.subarray(at, at + sectorBytes);
    if (!wanted.some((bytes) => bytes.subarray(at, at + sectorBytes).equals(sector))) return at;
  }
  return undefined;
}
