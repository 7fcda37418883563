import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type DirectoryResult, dir } from 'tmp-promise';
import { ToolError, VerificationError } from '../errors.js';
import { identityOf, isAlive } from './process-identity.js';

/** The folders below `--state-dir`. */
const folders = { work: 'work', logs: 'log' } as const;

/** Makes the state directory ready and returns the folder for logs. Only root may look: images hold other people's data. */
export async function prepareStateDirectory(stateDirectory: string): Promise<string> {
  try {
    await mkdir(join(stateDirectory, folders.work), { recursive: true, mode: 0o700 });
    await mkdir(join(stateDirectory, folders.logs), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ToolError(`the state directory ${stateDirectory} can't be used: ${describe(error)}`, {
      remedy: 'run as root, or name another place with --state-dir',
      cause: error,
    });
  }
  return join(stateDirectory, folders.logs);
}

/**
 * A private folder for one run, gone when the promise settles. Its name says which process owns it, so that a later
 * run can sweep what a killed one left.
 */
export async function withScratch<T>(
  stateDirectory: string,
  fn: (scratch: string) => Promise<T>,
): Promise<T> {
  const { path, cleanup } = await makeScratch(stateDirectory);
  try {
    return await fn(path);
  } catch (error) {
    throw await withHintAtSpace(error, stateDirectory);
  } finally {
    // How the run ended counts; what can't be removed now is swept by the next one.
    await cleanup().catch(() => undefined);
  }
}

async function makeScratch(stateDirectory: string): Promise<DirectoryResult> {
  const work = join(stateDirectory, folders.work);
  try {
    await sweep(work);
    const owner = await identityOf(process.pid);
    return await dir({ unsafeCleanup: true, tmpdir: work, template: `${owner}-XXXXXX` });
  } catch (error) {
    throw await withHintAtSpace(
      new ToolError(`${work} can't be used: ${describe(error)}`, { cause: error }),
      stateDirectory,
    );
  }
}

/** A conversion needs room for the guest's kernel and initramfs, and for the overlay. */
const plentyOfBytes = 256 * 1024 * 1024;

/** Outside programs that run out of space seldom say so: an error without a remedy gets that one when space is short. */
async function withHintAtSpace(error: unknown, stateDirectory: string): Promise<unknown> {
  const isKnown = error instanceof ToolError || error instanceof VerificationError;
  if (!isKnown || error.remedy !== '') return error;
  const { bavail, bsize } = await statfs(stateDirectory);
  const free = bavail * bsize;
  if (free >= plentyOfBytes) return error;
  const megabytes = Math.floor(free / 1024 / 1024);
  const remedy = `space may have run out: ${stateDirectory} has ${megabytes} MB free; make room there, or name another place with --state-dir`;
  const details = { remedy, cause: error };
  return error instanceof VerificationError
    ? new VerificationError(error.message, details)
    : new ToolError(error.message, details);
}

/** Removes the folders of processes that are gone. */
async function sweep(work: string): Promise<void> {
  for (const name of await readdir(work)) {
    const owner = name.slice(0, name.lastIndexOf('-'));
    if (!(await isAlive(owner))) await rm(join(work, name), { recursive: true, force: true });
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
