import { type FileHandle, open, stat } from 'node:fs/promises';
import { ToolError } from '../errors.js';

/** A part of an ar archive, as a package file is one: where its content lies. */
export interface Member {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

const magic = '!<arch>\n';
const headerBytes = 60;

/** The parts of a package file in their order (deb(5)). Throws a `ToolError` when it isn't one. */
export async function membersOf(path: string): Promise<Member[]> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    if ((await textIn(file, 0, magic.length)) !== magic) throw new ToolError(`${path} is no Debian package`);
    const members: Member[] = [];
    let offset = magic.length;
    while (offset + headerBytes <= size && members.length < 10) {
      const header = await textIn(file, offset, headerBytes);
      const bytes = Number(/^\d+ *$/.test(header.slice(48, 58)) ? header.slice(48, 58) : Number.NaN);
      if (!Number.isSafeInteger(bytes)) throw new ToolError(`${path} is a damaged Debian package`);
      const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
      members.push({ name, offset: offset + headerBytes, bytes });
      offset += headerBytes + bytes + (bytes % 2);
    }
    return members;
  } finally {
    await file.close();
  }
}

async function textIn(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

/** The beginning of an ar archive. */
export const archiveStart: string = magic;

/** The header of a part (deb(5)). What follows a part of an odd length is one newline. */
export const memberHeader = (name: string, bytes: number): string =>
  `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes).padEnd(10)}\`\n`;
