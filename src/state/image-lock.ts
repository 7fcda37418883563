import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageIdentity } from '../model.js';
import { withFileLock } from '../tools/flock.js';
import { runFolder } from './run-folder.js';

export type LockedRun<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** Another conversion has the image; `owner` is its process id. */
  | { readonly kind: 'taken'; readonly owner: string };

/**
 * Runs `fn` while no other run on this host can have the same image, whatever name it uses for it. The lock is the
 * kernel's and ends with its holder, so that it is never stale.
 */
export async function withImageLock<T>(
  stateDirectory: string,
  identity: ImageIdentity,
  fn: () => Promise<T>,
): Promise<LockedRun<T>> {
  const file = await lockFile(stateDirectory, identity);
  const locked = await withFileLock(file, async () => {
    await writeFile(file, String(process.pid));
    return fn();
  });
  if (locked.kind === 'done') return locked;
  return { kind: 'taken', owner: (await readFile(file, 'utf8').catch(() => '')).trim() };
}

/** Whether some run has the image, without getting into its way. */
export async function isImageLocked(stateDirectory: string, identity: ImageIdentity): Promise<boolean> {
  const file = await lockFile(stateDirectory, identity);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return false;
  // A line for each lock: `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`, with the inode behind the device (proc(5)).
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  return locks.split('\n').some((line) => line.includes(' FLOCK ') && line.includes(`:${found.ino} `));
}

const lockFile = async (stateDirectory: string, { device, inode }: ImageIdentity): Promise<string> =>
  join(await runFolder(stateDirectory, 'locks'), `${device.replaceAll(' ', '-')}-${inode}`);
