import type { KernelCompression } from '../model.js';

/** Gives `length` bytes of a file from `offset` on, fewer at its end. */
export type ReadAt = (offset: number, length: number) => Buffer;

/**
 * Where compressed data that begins at `offset` ends, so that what follows can be read; found from the lengths in its
 * block headers, without decompressing. Adjoining frames of the same kind are taken together, as the programs do.
 * Undefined for formats without such lengths, and where the headers make no sense.
 */
export function endOfCompressed(
  compression: KernelCompression,
  readAt: ReadAt,
  offset: number,
): number | undefined {
  if (compression === 'zstd') return endOfZstd(readAt, offset);
  if (compression === 'lz4') return endOfLz4(readAt, offset);
  return undefined;
}

/** More blocks than any initramfs has: a limit on time, for hostile files. */
const mostBlocks = 100_000;
const zstdMagic = 0xfd2fb528;

/** Format: RFC 8878, section 3.1.1. */
function endOfZstd(readAt: ReadAt, offset: number): number | undefined {
  let at = offset;
  let blocks = 0;
  for (
    let head = readAt(at, 5);
    head.length === 5 && head.readUInt32LE() === zstdMagic;
    head = readAt(at, 5)
  ) {
    const descriptor = head.readUInt8(4);
    at += 5 + zstdHeaderBytes(descriptor);
    for (let last = false; !last; blocks += 1) {
      const block = readAt(at, 3);
      if (block.length < 3 || blocks > mostBlocks) return undefined;
      const bits = block.readUIntLE(0, 3);
      last = (bits & 1) === 1;
      const isRunLength = ((bits >> 1) & 3) === 1;
      at += 3 + (isRunLength ? 1 : bits >> 3);
    }
    at += descriptor & 4 ? 4 : 0;
  }
  return at;
}

/** The part of a frame header after its descriptor: window, dictionary and content size. */
function zstdHeaderBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (singleSegment ? 0 : 1) + dictionary + contentSize;
}

const lz4Magic = 0x184c2102;
/** LZ4_compressBound of the 8 MiB that a block of the legacy format holds. */
const largestLz4Block = 8 * 1024 * 1024 + Math.floor((8 * 1024 * 1024) / 255) + 16;

/** Format: "Legacy frame" of lz4's lz4_Frame_format.md: blocks until a length that can't be one. */
function endOfLz4(readAt: ReadAt, offset: number): number | undefined {
  let at = offset;
  for (let blocks = 0; blocks < mostBlocks; blocks += 1) {
    const word = readAt(at, 4);
    if (word.length < 4) return at;
    const value = word.readUInt32LE();
    if (value === lz4Magic) at += 4;
    else if (value === 0 || value > largestLz4Block) return at;
    else at += 4 + value;
  }
  return undefined;
}
