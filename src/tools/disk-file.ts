import { open } from 'node:fs/promises';
import { ToolError } from '../errors.js';
import type { Extent } from './qemu-img.js';

/** A disk's bytes: a raw image, or QEMU's view of another one. */
export interface DiskFile {
  /** All of these bytes; throws a `ToolError` where the disk ends before. */
  read(extent: Extent): Promise<Buffer>;
  write(start: number, bytes: Buffer): Promise<void>;
}

/** Opens a disk while `fn` runs. What was written lasts when the promise resolves. */
export async function withDiskFile<T>(
  path: string,
  mode: 'read-only' | 'read-write',
  fn: (file: DiskFile) => Promise<T>,
): Promise<T> {
  const handle = await open(path, mode === 'read-only' ? 'r' : 'r+');
  const read = async ({ start, length }: Extent): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(buffer, done, length - done, start + done);
      if (bytesRead === 0) throw new ToolError(`${path} ends at byte ${start + done}`);
      done += bytesRead;
    }
    return buffer;
  };
  const write = async (start: number, bytes: Buffer): Promise<void> => {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, start + done);
      done += bytesWritten;
    }
  };
  try {
    const result = await fn({ read, write });
    if (mode === 'read-write') await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}
