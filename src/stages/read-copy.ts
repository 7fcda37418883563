import { readFile, stat } from 'node:fs/promises';
import { ToolError } from '../errors.js';

/** dpkg's list of packages has some 10 MB on a large system, a module with its debug symbols some 100 MB. */
const mostBytes = 256 * 1024 * 1024;

/**
 * The content of a copy of the guest's file `guestPath` on this host. A file that is larger than any of its kind is a
 * `ToolError`: it would not fit into a text, or not into memory.
 */
export async function readCopy(copy: string, guestPath: string, limitBytes = mostBytes): Promise<Buffer> {
  const { size } = await stat(copy);
  if (size <= limitBytes) return readFile(copy);
  throw new ToolError(`the guest's ${guestPath} has ${size} bytes, more than such a file can need`);
}
