import { stat } from 'node:fs/promises';

/** Units of st_blocks (stat(2)). */
const blockBytes = 512;

/** The space that a file takes, in bytes: holes take none. */
export async function archiveSize(path: string): Promise<number> {
  return (await stat(path)).blocks * blockBytes;
}
