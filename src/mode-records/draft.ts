import { createHash } from 'node:crypto';
import path from 'node:path';

/** The longest name that Linux' file systems take, in bytes. */
const longestName = 255;

/**
 * Where a file's new text is written before it gets the file's name. Hidden, because xendomains starts every other file in
 * /etc/xen/auto. One name per file, whatever its inode, so that what a crash left behind is found the next time.
 */
export function draftOf(name: string): string {
  const base = path.basename(name);
  const draft = `.convert-image-${base}`;
  const isLong = Buffer.byteLength(draft) > longestName;
  const hash = createHash('sha256').update(base).digest('hex');
  return path.join(path.dirname(name), isLong ? `.convert-image-${hash}` : draft);
}
