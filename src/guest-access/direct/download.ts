import { randomUUID } from 'node:crypto';
import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../errors.js';
import { debugfsWord } from '../../tools/debugfs.js';
import { maximumDownloadBytes } from '../guest-access.js';
import { refuse } from './ext-file-system.js';
import { isRegular, lookUp, type MountTable } from './lookup.js';

/** See `GuestAccess.download`. */
export async function downloadFile(
  mounts: MountTable,
  guestPath: string,
  hostPath: string,
  limitBytes = maximumDownloadBytes,
): Promise<void> {
  const found = await lookUp(mounts, guestPath, 'follow');
  if (found === undefined || !isRegular(found)) {
    throw new ToolError(`the guest's ${guestPath} is not a regular file`);
  }
  if (found.bytes > limitBytes)
    throw new ToolError(`the guest's ${guestPath} is too large: ${found.bytes} bytes`);
  const { fileSystem, inode, bytes } = found;
  // debugfs never gets to see a path that a caller chose: its language has no way to say some of them.
  const scratch = join(fileSystem.source.scratch, `download-${randomUUID()}`);
  try {
    const question = { command: `dump <${inode}> ${debugfsWord(scratch)}`, subject: guestPath };
    const answer = await fileSystem.ask(question);
    if (answer !== '' || (await stat(scratch)).size !== bytes) refuse(question, answer);
    await moveFile(scratch, hostPath);
  } finally {
    await rm(scratch, { force: true });
  }
}

async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch {
    // Another file system, most likely.
    await copyFile(from, to);
  }
}
