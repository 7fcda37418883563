import { randomUUID } from 'node:crypto';
import { copyFile, lchown, lstat, readFile, rename, rm, truncate } from 'node:fs/promises';
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
  const name = `download-${randomUUID()}`;
  const { outbox, scratch } = fileSystem.source;
  const [sent, received] = [join(outbox, name), join(scratch, name)];
  try {
    const question = { command: `dump <${inode}> ${debugfsWord(sent)}`, subject: guestPath };
    const answer = await fileSystem.ask(question);
    if (answer.includes('No space left on device'))
      throw new ToolError(`no space on this host for the guest's ${guestPath}`);
    if (answer !== '') refuse(question, answer);
    // Out of debugfs' reach first: a hostile one could put a link to one of our files into the place of what was looked at.
    await rename(sent, received);
    const node = await lstat(received);
    if (!node.isFile() || !(await cutTo(received, node.size, bytes)))
      refuse(question, 'it left something else than the file');
    await lchown(received, process.geteuid?.() ?? -1, process.getegid?.() ?? -1);
    await moveFile(received, hostPath);
  } finally {
    await Promise.all([sent, received].map((path) => rm(path, { force: true, recursive: true })));
  }
}

/** No file's content that lies in its inode is longer: an inode is no longer than a block. */
const maximumInline = 64 * 1024;

/** Takes away the zeros behind a content that lies in its inode (see `ExtFileSystem.text`); false when it is something else. */
async function cutTo(path: string, size: number, bytes: number): Promise<boolean> {
  if (size === bytes) return true;
  if (size < bytes || size > maximumInline) return false;
  const rest = (await readFile(path)).subarray(bytes);
  if (!rest.equals(Buffer.alloc(rest.length))) return false;
  await truncate(path, bytes);
  return true;
}

async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch {
    // Another file system, most likely.
    await copyFile(from, to);
  }
}
