import { closeSync, openSync, readSync } from 'node:fs';

/** Small synchronous reads from a file, for pure functions that jump from header to header. */
export interface FileWindow {
  /** `length` bytes from `offset` on, fewer at the end of the file; valid until the next call. */
  readonly readAt: (offset: number, length: number) => Buffer;
  readonly close: () => void;
}

const windowBytes = 64 * 1024;

/** Opens a file for `readAt`; at most 64 KiB at a time. Keeps what it read last, so that near reads cost nothing. */
export function createFileWindow(path: string): FileWindow {
  const file = openSync(path, 'r');
  const window = Buffer.alloc(windowBytes);
  let start = 0;
  let filled = 0;
  const readAt = (offset: number, length: number): Buffer => {
    if (offset < start || offset + length > start + filled) {
      start = offset;
      filled = readSync(file, window, 0, windowBytes, offset);
    }
    return window.subarray(offset - start, Math.min(offset - start + length, filled));
  };
  return { readAt, close: () => closeSync(file) };
}
