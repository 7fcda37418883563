import { open } from 'node:fs/promises';

/**
 * How many bytes a raw disk must have to hold what its partition table says; 0 where that can't be told. Reads the
 * table's first copy only, as a truncated disk has no other. Taking it seriously is the kernel's rule too: it ignores a
 * GPT whose last usable block isn't there (block/partitions/efi.c, `is_gpt_valid`).
 */
export async function endOfPartitions(path: string): Promise<number> {
  const head = await readHead(path);
  if (head.length < headBytes || head.readUInt16LE(510) !== bootSignature) return 0;
  // A file system on the whole disk may have a boot sector with any code where the table would be.
  if (head.readUInt16LE(extMagicAt) === extMagic) return 0;
  const isGpt = head.toString('latin1', sectorBytes, sectorBytes + 8) === 'EFI PART';
  return isGpt ? (bigAt(head, sectorBytes + lastUsableAt) + 1) * sectorBytes : endOfMbr(head);
}

const sectorBytes = 512;
const headBytes = 2048;
const bootSignature = 0xaa55;
const extMagic = 0xef53;
const extMagicAt = 1024 + 56;
/** In the GPT header: the last block that a partition may have (UEFI specification, table 5.5). */
const lastUsableAt = 48;

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const bigAt = (head: Buffer, at: number): number => Number(head.readBigUInt64LE(at));

/** The four entries of the table; it is none when a status byte is neither 0 nor 0x80, as the kernel sees it. */
function endOfMbr(head: Buffer): number {
  const entries = [0, 1, 2, 3].map((index) => head.subarray(446 + index * 16, 446 + (index + 1) * 16));
  if (entries.some((entry) => (entry.readUInt8(0) & 0x7f) !== 0)) return 0;
  const ends = entries.map((entry) => {
    const type = entry.readUInt8(4);
    // 0xee protects a GPT, and its size is often wrong.
    return type === 0 || type === 0xee ? 0 : entry.readUInt32LE(8) + entry.readUInt32LE(12);
  });
  return Math.max(...ends) * sectorBytes;
}
