import { readFile, stat } from 'node:fs/promises';
import { ToolError } from '../errors.js';

/** A module with its debug symbols has some 100 MB. */
const mostBytes = 256 * 1024 * 1024;

/**
 * The content of a copy of the guest's file `guestPath` on this host. A file that is larger than any of its kind is a
 * `ToolError`: it would not fit into a text, or not into memory.
 */
export async function readCopy(copy: string, guestPath: string, limitBytes = mostBytes): Promise<Buffer> {
  const { size } = await stat(copy);
  refuseSize(guestPath, size, limitBytes);
  return readFile(copy);
}

/** Throws a `ToolError` when the guest's file is larger than any of its kind. */
export function refuseSize(guestPath: string, bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return;
  throw new ToolError(`the guest's ${guestPath} has ${bytes} bytes, more than such a file can need`, {
    remedy: 'look at that file in the running guest; it is not what its name says',
  });
}
