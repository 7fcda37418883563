import { open } from 'node:fs/promises';

/** Makes a file's content, a folder's entries or a block device's writes last: fsync(2), whoever wrote them. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
