import { ToolError } from '../errors.js';
import { type BlockNode, describeImage } from '../guest-access/direct/backing-chain.js';
import type { ViewOptions } from '../guest-access/direct/raw-view.js';
import type { DiskImage } from '../model.js';
import { syncPath } from '../state/sync.js';
import { commitLayer, type Extent } from '../tools/qemu-img.js';
import { type Comparison, compareWithLayer } from './compare-layers.js';

export interface LayerWriting {
  readonly image: DiskImage;
  /** A qcow2 layer over the image, which stays full: writing can be repeated. */
  readonly layer: string;
  /** The parts of the disk that are compared afterwards; whatever the layer holds is among them. */
  readonly parts: readonly Extent[];
  /** Makes zeros that are written holes again, as they were before a commit filled them. */
  readonly punchHoles: boolean;
}

/**
 * Makes the layer's content the image's, waits until it lasts, and reads it back. Throws a `ToolError`: then the image
 * is somewhere between the two.
 */
export async function writeLayer(
  { image, layer, parts, punchHoles }: LayerWriting,
  options: ViewOptions,
): Promise<Comparison & { kind: 'same' }> {
  const node = await describeImage({ path: layer, format: 'qcow2' }, 'read-write');
  if (!node.backing) throw new ToolError(`${layer} is not a layer over ${image.path}`);
  await commitLayer({ ...node, backing: writable(node.backing, punchHoles) });
  await syncPath(image.path);
  const comparison = await compareWithLayer(layer, image, parts, options);
  if (comparison.kind === 'same') return comparison;
  throw new ToolError(`the image does not read like what was written, from byte ${comparison.at} on`);
}

function writable(node: BlockNode, punchHoles: boolean): BlockNode {
  const file = { ...node.file, 'read-only': false };
  const base = { ...node, 'read-only': false, file };
  if (!punchHoles) return base;
  return { ...base, discard: 'unmap', 'detect-zeroes': 'unmap', file: { ...file, discard: 'unmap' } };
}
