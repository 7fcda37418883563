import { type FileHandle, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ConversionError, RecordError } from '../errors.js';
import { syncPath } from '../state/sync.js';
import { draftOf } from './draft.js';

/**
 * Replaces a file's text, one character per byte, if it still is `before`: as a whole or not at all, also when the
 * machine dies meanwhile. Owner and mode stay; a symbolic link stays and what it leads to is replaced. Where the file
 * already is `after`, what a killed run has left is removed, and what it has done is made to last. Throws a
 * `RecordError` when it is neither, or can't be written.
 */
export async function replaceFile(name: string, before: string, after: string): Promise<void> {
  try {
    await compareAndReplace(await realpath(name), before, after);
  } catch (error) {
    if (error instanceof ConversionError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RecordError(`${name} couldn't be replaced: ${message}`, {
      remedy: 'Mend the cause and run the same command again, or make the change by hand.',
      cause: error,
    });
  }
}

async function compareAndReplace(name: string, before: string, after: string): Promise<void> {
  const old = await open(name, 'r');
  try {
    const text = await old.readFile('latin1');
    if (text !== after) {
      requireText(name, text, before);
      return await replace(name, old, before, after);
    }
    await rm(draftOf(name), { force: true });
    await syncPath(path.dirname(name));
  } finally {
    await old.close();
  }
}

function requireText(name: string, text: string, before: string): void {
  if (text === before) return;
  throw new RecordError(
    `${name} has been changed by somebody else since it was read, and was left as it is`,
    {
      remedy: 'Look at the file and run the same command again.',
    },
  );
}

async function replace(name: string, old: FileHandle, before: string, after: string): Promise<void> {
  const { uid, gid, mode, nlink } = await old.stat();
  if (nlink > 1) {
    throw new RecordError(`${name} has ${nlink} names (hard links), of which only one would change`, {
      remedy: 'Make the other names symbolic links, or change the file by hand.',
    });
  }
  const draft = draftOf(name);
  try {
    await writeDraft(draft, after, { uid, gid, mode });
    requireText(name, await readFile(name, 'latin1'), before);
    await rename(draft, name);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncPath(path.dirname(name));
}

async function writeDraft(
  draft: string,
  text: string,
  { uid, gid, mode }: { readonly uid: number; readonly gid: number; readonly mode: number },
): Promise<void> {
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text, 'latin1');
    await file.chown(uid, gid);
    await file.chmod(mode & 0o7777);
    await file.sync();
  } finally {
    await file.close();
  }
}
