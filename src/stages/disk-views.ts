import { type ViewedImage, type ViewOptions, withRawView } from '../guest-access/direct/raw-view.js';
import { type DiskFile, withDiskFile } from '../tools/disk-file.js';

/** One disk file for each of the images. */
type Files<T> = { readonly [index in keyof T]: DiskFile };

/** Opens images and layers for reading at any place of the guest's disk while `fn` runs. */
export async function withDisks<const T extends readonly ViewedImage[], R>(
  images: T,
  options: ViewOptions,
  fn: (...files: Files<T>) => Promise<R>,
): Promise<R> {
  return openRest(images, options, [], (files) => fn(...(files as Files<T>)));
}

async function openRest<R>(
  images: readonly ViewedImage[],
  options: ViewOptions,
  opened: readonly DiskFile[],
  fn: (files: readonly DiskFile[]) => Promise<R>,
): Promise<R> {
  const [next, ...rest] = images;
  if (next === undefined) return fn(opened);
  return withRawView(next, 'read-only', options, (path) =>
    withDiskFile(path, 'read-only', (file) => openRest(rest, options, [...opened, file], fn)),
  );
}
