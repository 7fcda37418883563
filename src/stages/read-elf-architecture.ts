import { open } from 'node:fs/promises';

/** Debian's names of the machines in an ELF header (e_machine, elf(5)), for 32-bit and 64-bit little-endian files. */
const architectures: Readonly<Record<string, string>> = {
  '1:3': 'i386',
  '1:40': 'armhf',
  '1:62': 'x32',
  '2:62': 'amd64',
  '2:183': 'arm64',
  '2:21': 'ppc64el',
  '2:243': 'riscv64',
};

/** The architecture of a program on the host, by its ELF header; `unknown` when it isn't one. */
export async function readElfArchitecture(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    const isElf = bytesRead === 20 && buffer.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
    if (!isElf) return 'unknown';
    return architectures[`${buffer.readUInt8(4)}:${buffer.readUInt16LE(18)}`] ?? 'unknown';
  } finally {
    await file.close();
  }
}
