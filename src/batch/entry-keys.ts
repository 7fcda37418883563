import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Entry, type Mistake, placeOf } from './entry.js';

/** What two entries must not have in common. */
export interface EntryKeys {
  /** The same for two names of one image; a mistake where it can be none. */
  readonly image: (entry: Entry) => Promise<string | Mistake>;
  /** Of the value of `--record`; undefined where it belongs to nobody. */
  readonly record: (record: string, entry: Entry) => Promise<string | undefined>;
}

/** Device and inode, so that links to one image are one image. */
async function imageKey(entry: Entry): Promise<string | Mistake> {
  const place = placeOf(entry, 'disk');
  try {
    const status = await stat(entry.disk, { bigint: true });
    if (status.isBlockDevice()) return `block ${status.rdev}`;
    if (status.isFile()) return `${status.dev} ${status.ino}`;
    const message = `${entry.disk} is neither a file nor a block device`;
    return { place, message, remedy: 'name the disk image itself' };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = `there is no image ${entry.disk}`;
    if (isMissing) return { place, message, remedy: 'correct the path, or take it out' };
    const said = error instanceof Error ? error.message : String(error);
    return { place, message: `the image can't be looked at: ${said}`, remedy: 'may you read it?' };
  }
}

/** A file's path without links; `auto` and `none` belong to nobody. */
async function recordKey(record: string): Promise<string | undefined> {
  if (record === 'auto' || record === 'none') return undefined;
  if (!record.startsWith('xl:')) return record;
  const path = resolve(record.slice(3));
  return `xl:${await realpath(path).catch(() => path)}`;
}

/** Of images and records on this host, which are looked at. */
export const keysHere: EntryKeys = { image: imageKey, record: recordKey };
