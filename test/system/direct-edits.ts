import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DirectAccess, openDirectAccess } from '../../src/guest-access/direct/open.js';
import { withRawView } from '../../src/guest-access/direct/raw-view.js';
import type { DesiredNode, FileStep } from '../../src/model.js';
import { makeOverlay } from './ext-images.js';

/** A whole disk with one file system, as the guest-access layer calls it. */
export const disk = '/dev/sda';
export const asRoot = [{ device: disk, path: '/' }];

/** A step that makes a path something, with nothing else said. */
export const step = (path: string, after: DesiredNode): FileStep => ({
  kind: 'file',
  path,
  before: { kind: 'absent' },
  after,
  reasons: [],
});

/** A regular file as a step wants it. */
export const file = (text: string, mode?: number): DesiredNode => ({
  kind: 'file',
  text,
  ...(mode === undefined ? {} : { mode }),
});

/** A text of that length, made of repetitions. */
export const text = (seed: string, length: number): string =>
  seed.repeat(Math.ceil(length / seed.length)).slice(0, length);

/** Opens an image or overlay directly and runs something on it. */
export async function withAccess<T>(
  folder: string,
  image: { readonly path: string; readonly format: 'raw' | 'qcow2' },
  mode: 'read-only' | 'read-write',
  fn: (access: DirectAccess) => Promise<T>,
): Promise<T> {
  const { signal } = new AbortController();
  const scratchDirectory = join(folder, `scratch-${Math.random()}`);
  mkdirSync(scratchDirectory);
  return withRawView(image, mode, { signal, scratch: '/var/tmp', forParsers: true }, async (rawPath) => {
    const options = { rawPath, writable: mode === 'read-write', scratchDirectory, signal };
    const access = await openDirectAccess(options);
    try {
      return await fn(access);
    } finally {
      await access.close();
    }
  });
}

/** Applies steps to an overlay of the image; the file systems' inconsistencies afterwards. */
export async function apply(folder: string, image: string, steps: readonly FileStep[]) {
  const overlay = await makeOverlay(folder, image);
  const problems = await withAccess(
    folder,
    { path: overlay, format: 'qcow2' },
    'read-write',
    async (access) => {
      await access.mount(asRoot, 'read-write');
      await access.write(steps);
      return access.check([disk]);
    },
  );
  return { overlay, problems };
}
