import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { identityOf } from '../state/process-identity.js';
import { runFolder } from '../state/run-folder.js';
import { withFileLock } from '../tools/flock.js';

export type WorkerRun<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** `owner`: the process that works there. */
  | { readonly kind: 'taken'; readonly what: string; readonly owner: string };

/** How often, and milliseconds apart: what holds the lock for a worker that was killed ends right behind it. */
const attempts = 20;
const pauseMs = 100;

/**
 * Runs `fn` while no other worker has this state directory, nor works for a host of this name on this machine: each takes
 * what it finds at work for its own dead predecessor's. The locks are the kernel's and end with their holder.
 */
export async function withWorkerLock<T>(
  stateDirectory: string,
  host: string,
  fn: () => Promise<T>,
): Promise<WorkerRun<T>> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const own = { file: join(stateDirectory, 'worker.lock'), what: `the state directory ${stateDirectory}` };
  const named = {
    file: join(await runFolder(stateDirectory, 'workers'), `${host}.lock`),
    what: `the host name ${host}`,
  };
  const outer = await withOne(own, () => withOne(named, fn));
  return outer.kind === 'done' ? outer.result : outer;
}

async function withOne<T>(
  { file, what }: { readonly file: string; readonly what: string },
  fn: () => Promise<T>,
): Promise<WorkerRun<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const locked = await withFileLock(file, async () => {
      await writeFile(file, await identityOf(process.pid));
      return fn();
    });
    if (locked.kind === 'done') return locked;
    if (attempt === attempts) {
      const [owner = ''] = (await readFile(file, 'utf8').catch(() => '')).split('.');
      return { kind: 'taken', what, owner };
    }
    await setTimeout(pauseMs);
  }
}
