import type { Extent } from '../tools/qemu-img.js';

/** The same bytes in as few runs as possible, in the order of the disk, nothing behind its end. */
export function mergeExtents(extents: readonly Extent[], diskBytes: number): Extent[] {
  const merged: { start: number; length: number }[] = [];
  for (const { start, length } of [...extents].sort((one, other) => one.start - other.start)) {
    const end = Math.min(start + length, diskBytes);
    const last = merged.at(-1);
    if (end <= start) continue;
    if (last === undefined || start > last.start + last.length) merged.push({ start, length: end - start });
    else last.length = Math.max(last.length, end - last.start);
  }
  return merged;
}

/** How many bytes they are together. */
export const bytesOf = (extents: readonly Extent[]): number =>
  extents.reduce((sum, { length }) => sum + length, 0);

const pieceBytes = 1024 * 1024;

/** The same bytes in pieces of at most a mebibyte, to be read one after the other. */
export function* piecesOf(extents: readonly Extent[]): Generator<Extent> {
  for (const { start, length } of extents) {
    for (let at = start; at < start + length; at += pieceBytes) {
      yield { start: at, length: Math.min(pieceBytes, start + length - at) };
    }
  }
}
