import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageIdentity } from '../model.js';
import { withFileLock } from '../tools/flock.js';

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
  const file = join(await lockFolder(stateDirectory), nameOf(identity));
  const locked = await withFileLock(file, async () => {
    await writeFile(file, String(process.pid));
    return fn();
  });
  if (locked.kind === 'done') return locked;
  return { kind: 'taken', owner: (await readFile(file, 'utf8').catch(() => '')).trim() };
}

/** Whether some run has the image, without getting into its way. */
export async function isImageLocked(stateDirectory: string, identity: ImageIdentity): Promise<boolean> {
  const file = join(await lockFolder(stateDirectory), nameOf(identity));
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return false;
  // A line for each lock: `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`, with the inode behind the device (proc(5)).
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  return locks.split('\n').some((line) => line.includes(' FLOCK ') && line.includes(`:${found.ino} `));
}

/** One for all state directories. Only root may make it, and a lock of others holds with the same state directory only. */
async function lockFolder(stateDirectory: string): Promise<string> {
  const isRoot = process.geteuid?.() === 0;
  const folders = [...(isRoot ? ['/run/convert-image/locks'] : []), join(stateDirectory, 'locks')];
  for (const folder of folders) {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (made) return folder;
  }
  return stateDirectory;
}

const nameOf = ({ device, inode }: ImageIdentity): string => `${device.replaceAll(' ', '-')}-${inode}`;
