/** A run of bytes in a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** One of the two tables of an ELF file: entries of `stride` bytes. */
interface Table extends ByteRange {
  readonly stride: number;
  readonly count: number;
}

/** The parts of an ELF header that lead to notes. Only the 64-bit little-endian form has its tables read. */
export interface ElfHeader {
  /** EM_X86_64 in the 64-bit little-endian class: the only machine that Xen calls xen-3.0-x86_64. */
  readonly isAmd64: boolean;
  readonly segments: Table;
  readonly sections: Table;
  readonly sectionNames: number;
}

const headerBytes = 64;
const elfClass64 = 2;
const littleEndian = 1;
const machineAmd64 = 62;
const noteSegmentType = 4;
const noteSectionType = 7;
/** Linux has 5 segments and some 40 sections. The limits keep a hostile file from costing time. */
const mostSegments = 256;
const mostSections = 4096;
const mostRanges = 16;
/** Linux' notes take 500 bytes. */
const mostRangeBytes = 1024 * 1024;

/** Reads an ELF header from the file's first bytes; undefined when it isn't an ELF file. Never throws. */
export function readElfHeader(elf: Buffer): ElfHeader | undefined {
  if (elf.length < headerBytes || elf.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const isAmd64 = elf[4] === elfClass64 && elf[5] === littleEndian && elf.readUInt16LE(18) === machineAmd64;
  return {
    isAmd64,
    segments: table(
      readWord(elf, 32),
      elf.readUInt16LE(54),
      Math.min(elf.readUInt16LE(56), mostSegments),
      56,
    ),
    sections: table(
      readWord(elf, 40),
      elf.readUInt16LE(58),
      Math.min(elf.readUInt16LE(60), mostSections),
      64,
    ),
    sectionNames: elf.readUInt16LE(62),
  };
}

/** The PT_NOTE segments. One with offset 0 is skipped as Xen does it: some binutils left the field empty. */
export function noteSegments(elf: Buffer, { segments }: ElfHeader): ByteRange[] {
  return entries(elf, segments)
    .filter((at) => elf.readUInt32LE(at) === noteSegmentType)
    .map((at) => ({
      offset: readWord(elf, at + 8),
      length: Math.min(readWord(elf, at + 32), mostRangeBytes),
    }))
    .filter(({ offset }) => offset !== 0)
    .slice(0, mostRanges);
}

/** The SHT_NOTE sections. */
export function noteSections(elf: Buffer, { sections }: ElfHeader): ByteRange[] {
  return entries(elf, sections)
    .filter((at) => elf.readUInt32LE(at + 4) === noteSectionType)
    .map((at) => sectionRange(elf, at))
    .slice(0, mostRanges);
}

/** The first section of that name; undefined when there is none. */
export function sectionNamed(
  elf: Buffer,
  { sections, sectionNames }: ElfHeader,
  name: string,
): ByteRange | undefined {
  const all = entries(elf, sections);
  const namesAt = all[sectionNames];
  if (namesAt === undefined) return undefined;
  const names = bytesOf(elf, sectionRange(elf, namesAt));
  const found = all.find((at) => {
    const start = elf.readUInt32LE(at);
    return names.toString('latin1', start, start + name.length + 1) === `${name}\0`;
  });
  return found === undefined ? undefined : sectionRange(elf, found);
}

/** The bytes of a range, as far as the file has them. */
export function bytesOf(elf: Buffer, { offset, length }: ByteRange): Buffer {
  return elf.subarray(Math.min(offset, elf.length), Math.min(offset + length, elf.length));
}

function table(offset: number, stride: number, count: number, smallestStride: number): Table {
  const usable = stride < smallestStride || offset === 0 ? 0 : count;
  return { offset, stride, count: usable, length: usable * stride };
}

/** The positions of a table's entries that lie in the bytes at hand. */
function entries(elf: Buffer, { offset, stride, count }: Table): number[] {
  return Array.from({ length: count }, (_, index) => offset + index * stride).filter(
    (at) => at + stride <= elf.length,
  );
}

function sectionRange(elf: Buffer, at: number): ByteRange {
  return { offset: readWord(elf, at + 24), length: Math.min(readWord(elf, at + 32), mostRangeBytes) };
}

/** A 64-bit number; above 2^53 it is rounded, which is far beyond any file's end all the same. */
function readWord(elf: Buffer, at: number): number {
  return elf.readUInt32LE(at) + elf.readUInt32LE(at + 4) * 2 ** 32;
}
