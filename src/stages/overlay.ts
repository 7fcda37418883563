import { join } from 'node:path';
import type { DiskImage, Overlay } from '../model.js';
import { createOverlay } from '../tools/qemu-img.js';

/** Puts an empty qcow2 layer over the image, in the run's own folder. The image isn't written before the commit. */
export async function layOver(image: DiskImage, scratch: string): Promise<Overlay> {
  const path = join(scratch, 'overlay.qcow2');
  await createOverlay(path, image.path, image.format);
  return { path, image };
}
