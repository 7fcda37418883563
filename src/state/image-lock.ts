import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageIdentity } from '../model.js';
import { withFileLock } from '../tools/flock.js';

export type LockedRun<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** Another conversion has the image; `owner` is its process id. */
  | { readonly kind: 'taken'; readonly owner: string };

/** Runs `fn` while no other conversion with this state directory can have the same image, whatever name it uses for it. */
export async function withImageLock<T>(
  stateDirectory: string,
  { device, inode }: ImageIdentity,
  fn: () => Promise<T>,
): Promise<LockedRun<T>> {
  const directory = join(stateDirectory, 'locks');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${device}-${inode}`);
  const locked = await withFileLock(file, async () => {
    await writeFile(file, String(process.pid));
    return fn();
  });
  if (locked.kind === 'done') return locked;
  return { kind: 'taken', owner: (await readFile(file, 'utf8').catch(() => '')).trim() };
}
