/** newc archives, built by hand from Linux' buffer-format.rst, and content for them. */
import { createHash } from 'node:crypto';

export interface SampleEntry {
  readonly name: string;
  readonly mode?: number;
  readonly content?: string;
}

/** One archive with its end mark, unless `end` is false. */
export function newcArchive(entries: readonly SampleEntry[], end = true): Buffer {
  const all = end ? [...entries, { name: 'TRAILER!!!', mode: 0 }] : entries;
  return Buffer.concat(all.map(newcEntry));
}

/** Header, name with its NUL, and content, the latter two padded so that what follows is at a multiple of four. */
export function newcEntry({ name, mode = 0o100644, content = '' }: SampleEntry): Buffer {
  const hex = (value: number) => value.toString(16).padStart(8, '0');
  const fields = [7, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map(hex).join('')}${name}\0`;
  return Buffer.from(padded(head) + padded(content), 'latin1');
}

const padded = (text: string): string => text + '\0'.repeat((4 - (text.length % 4)) % 4);

/** The same bytes every time, which no program compresses. */
export function incompressible(bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, index) =>
    createHash('sha256').update(String(index)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}
