import { link, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncPath } from '../state/sync.js';
import { draftOf } from './draft.js';

/**
 * Makes a file with this text, one character per byte, where there is none: as a whole or not at all, also when the
 * machine dies meanwhile. Says whether the text is there now; a file that says something else stays. Throws what the
 * file system says.
 */
export async function makeNewFile(name: string, text: string): Promise<boolean> {
  const draft = draftOf(name);
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o644);
  try {
    await file.writeFile(text, 'latin1');
    await file.sync();
    await file.close();
    await link(draft, name);
  } catch (error) {
    await file.close();
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (!(await hasText(name, text))) return false;
  } finally {
    await rm(draft, { force: true });
  }
  await syncPath(path.dirname(name));
  return true;
}

/**
 * Removes such a file, and what a run that was killed while it made it has left; one that says something else stays,
 * and false says so. One that is gone is gone.
 */
export async function removeNewFile(name: string, text: string): Promise<boolean> {
  await rm(draftOf(name), { force: true });
  const found = await readFile(name, 'latin1').catch(() => undefined);
  if (found === undefined) return true;
  if (found !== text) return false;
  await rm(name, { force: true });
  await syncPath(path.dirname(name));
  return true;
}

const hasText = async (name: string, text: string): Promise<boolean> =>
  (await readFile(name, 'latin1').catch(() => undefined)) === text;
