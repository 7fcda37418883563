import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ToolError } from '../errors.js';
import type { Problem } from '../model.js';
import { syncPath } from '../state/sync.js';
import { pageMarker } from './page/page.js';

/** The marker stands within the first lines. */
const headBytes = 1024;

/** What a page may be written to: nothing is there, or an older page. Anything else is answered with the reason. */
export async function obstacleOf(path: string): Promise<Problem | undefined> {
  const found = await statusOf(path);
  if (found === undefined) return undefined;
  if (!found.isFile()) {
    return problemOf(`${path} is not a file`, 'name a file, or write --output - for standard output');
  }
  // In a folder like /tmp anybody could have put it there, to be given the new one.
  if (found.uid !== process.getuid?.()) {
    return problemOf(`${path} belongs to another user`, 'remove it, or name another file');
  }
  const isPage = (await headOf(path)).includes(pageMarker);
  if (isPage) return undefined;
  return problemOf(
    `${path} is there already and is no page of convert-image, so it was left as it is`,
    'name another file, or move this one away',
  );
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw cannotWrite(path, error);
  }
}

const problemOf = (message: string, remedy: string): Problem => ({
  code: 'output-in-the-way',
  message,
  remedy,
});

async function headOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Writes the page, whole or not at all. A new file is for its owner alone, since it holds parts of guests' files; an
 * older page keeps its group and mode, and a symbolic link leads where it led. Throws a `ToolError`.
 */
export async function savePage(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const draft = join(dirname(target), `.convert-image-${basename(target).slice(0, 200)}-${process.pid}`);
    await writeDraft(draft, text, await stat(target).catch(() => undefined));
    await rename(draft, target);
    await syncPath(dirname(target));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

async function writeDraft(draft: string, text: string, owner: Owner | undefined): Promise<void> {
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (owner !== undefined) await keepAccess(file, owner);
    await file.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function keepAccess(file: FileHandle, { uid, gid, mode }: Owner): Promise<void> {
  await file.chown(uid, gid);
  await file.chmod(mode & 0o777);
}

const cannotWrite = (path: string, error: unknown): ToolError =>
  new ToolError(`the page ${path} can't be written: ${error instanceof Error ? error.message : error}`, {
    remedy: 'name a file in a folder that exists and that you may write to',
    cause: error,
  });
