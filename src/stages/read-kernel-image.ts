import { open } from 'node:fs/promises';
import type { ByteRange } from '../guest-files/elf-layout.js';
import {
  bytesNeededForNotes,
  bytesNeededForSections,
  elfHeadBytes,
  judgeXenNotes,
  rangesNeededForNotes,
  readXenNotes,
  type XenNotes,
} from '../guest-files/elf-notes.js';
import { type KernelPayload, kernelHeadBytes, locateKernelPayload } from '../guest-files/kernel-image.js';
import type { KernelCompression, KernelImageFacts } from '../model.js';
import { decompress } from '../tools/decompress.js';

/** A decompressed kernel of Debian has 66 MB, its notes end at 24 MB. */
const limitBytes = 256 * 1024 * 1024;
/** A kernel without note segments is a xenlinux kernel of a few megabytes; a larger one isn't searched for sections. */
const limitForSections = 32 * 1024 * 1024;

/**
 * Reads from a kernel file on this host whether Xen starts it as a 64-bit PV domain. Decompresses no more than up to
 * its notes. An odd or hostile file is a kernel that isn't PV, with the reason; a missing decompressor is a `ToolError`.
 */
export async function readKernelImage(hostPath: string): Promise<KernelImageFacts> {
  const payload = await locate(hostPath);
  if (payload.kind === 'no-payload') return { compression: 'unknown', pv: false, reason: payload.reason };
  const { compression, offset } = payload;
  if (unreadableByXen.has(compression)) {
    return {
      compression,
      pv: false,
      reason: `it is compressed with ${compression}, which Debian's Xen can't unpack`,
    };
  }
  const result = await readNotes({ path: hostPath, offset, compression, limitBytes });
  if (typeof result === 'string') return { compression, pv: false, reason: result };
  return { compression, ...judgeXenNotes(result) };
}

/** libxenguest of Debian is built without these two. */
const unreadableByXen: ReadonlySet<KernelCompression> = new Set(['bzip2', 'lzo']);

async function locate(path: string): Promise<KernelPayload> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(kernelHeadBytes), 0, kernelHeadBytes, 0);
    return locateKernelPayload(buffer.subarray(0, bytesRead), size);
  } finally {
    await file.close();
  }
}

type Source = Parameters<typeof decompress>[0];

/** The notes, or in words why they couldn't be read. */
async function readNotes(source: Source): Promise<XenNotes | string> {
  const collected = await collect(source, noteRanges);
  const notes = readXenNotes(collected.elf);
  if (notes.types.length > 0) return notes;
  const wholeBytes = bytesNeededForSections(collected.elf);
  if (collected.complaint === '' && wholeBytes > 0 && wholeBytes <= limitForSections) {
    const whole = await collect(source, () => [{ offset: 0, length: wholeBytes }]);
    return whole.complaint || readXenNotes(whole.elf);
  }
  return collected.complaint || notes;
}

/** Without note segments, or with absurd ones, nothing more than the head is read at first. */
function noteRanges(head: Buffer): readonly ByteRange[] {
  return (bytesNeededForNotes(head) ?? 0) <= limitBytes ? rangesNeededForNotes(head) : [];
}

interface Collected {
  /** The ELF up to the end of the last range; zeros where nothing was asked for, which take no memory. */
  readonly elf: Buffer;
  /** In words why it couldn't be read so far; empty when it could. */
  readonly complaint: string;
}

/**
 * Decompresses the ELF's head, and up to the end of those ranges that the head makes `choose` ask for. Programs complain
 * about the four bytes of size after a payload, so a complaint counts only where bytes are missing.
 */
async function collect(source: Source, choose: (head: Buffer) => readonly ByteRange[]): Promise<Collected> {
  let elf: Buffer = Buffer.alloc(elfHeadBytes);
  let ranges: readonly ByteRange[] | undefined;
  let position = 0;
  const end = await decompress(source, (chunk) => {
    const start = position;
    position += chunk.length;
    if (ranges === undefined) {
      copyRange({ offset: 0, length: elfHeadBytes }, chunk, start, elf);
      if (position < elfHeadBytes) return true;
      ranges = choose(elf);
      elf = grown(elf, lastByte(ranges));
    }
    for (const range of ranges) copyRange(range, chunk, start, elf);
    return position < elf.length;
  });
  const isShort = position === 0 || position < lastByte(ranges ?? choose(elf));
  const complaint = isShort ? `it can't be unpacked${end.kind === 'failed' ? `: ${end.detail}` : ''}` : '';
  return { elf: elf.subarray(0, position), complaint };
}

const lastByte = (ranges: readonly ByteRange[]): number =>
  Math.max(0, ...ranges.map(({ offset, length }) => offset + length));

function grown(elf: Buffer, bytes: number): Buffer {
  if (bytes <= elf.length) return elf;
  const larger = Buffer.alloc(bytes);
  larger.set(elf);
  return larger;
}

/** Copies what a chunk that begins at `start` has of a range to the same position in `elf`. */
function copyRange({ offset, length }: ByteRange, chunk: Buffer, start: number, elf: Buffer): void {
  const from = Math.max(offset, start);
  const to = Math.min(offset + length, start + chunk.length);
  if (from < to) elf.set(chunk.subarray(from - start, to - start), from);
}
