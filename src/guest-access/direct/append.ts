import { open } from 'node:fs/promises';
import { ToolError } from '../../errors.js';
import type { ExtFileSystem } from './ext-file-system.js';
import { inodeFlag } from './inode-status.js';
import { type Found, isRegular, lookUp, type MountTable } from './lookup.js';
import { type PlacedBlock, placeBlocks } from './place-blocks.js';
import { refuseWrite } from './write-refusals.js';

const blockNumber = /^[1-9]\d*\n$/;
const blockOrHole = /^\d+\n$/;

/**
 * See `GuestAccess.append`. The last block is filled up where it lies, the rest gets new blocks as other writes do;
 * the size comes last.
 */
export async function appendFile(mounts: MountTable, path: string, content: Buffer): Promise<void> {
  const found = await lookUp(mounts, path, 'follow');
  if (found === undefined || !isRegular(found))
    throw new ToolError(`the guest's ${path} is not a regular file`);
  const { fileSystem, inode, bytes } = found;
  const status = await fileSystem.status(inode, path);
  const isOdd = inodeFlag.immutable | inodeFlag.appendOnly | inodeFlag.inlineData;
  if ((status.flags & isOdd) !== 0)
    throw new ToolError(`the guest's ${path} is protected, or too small to be what it should be`);
  const { blockBytes } = fileSystem.superblock;
  const { tail, isTailThere } = await readTail(found, path);
  const text = Buffer.concat([tail, content]).toString('latin1');
  const first = Math.floor(bytes / blockBytes);
  const blocks = await allocate(found, path, { first, isTailThere, text });
  await placeBlocks(fileSystem, blocks);
  const time = `@${Math.floor(Date.now() / 1000)}`;
  for (const field of [`size ${bytes + content.length}`, `mtime ${time}`, `ctime ${time}`]) {
    await expect(fileSystem, `sif <${inode}> ${field}`, path, /^\s*$/);
  }
  fileSystem.forget();
}

/** What the file's last, partly filled block holds of it, and whether there is such a block: a hole is read as zeros. */
async function readTail({ fileSystem, inode, bytes }: Found, path: string) {
  const { source, superblock } = fileSystem;
  const tail = Buffer.alloc(bytes % superblock.blockBytes);
  if (tail.length === 0) return { tail, isTailThere: false };
  const command = `bmap <${inode}> ${Math.floor(bytes / superblock.blockBytes)}`;
  const block = Number(await expect(fileSystem, command, path, blockOrHole));
  if (block === 0) return { tail, isTailThere: false };
  const image = await open(source.image);
  try {
    const position = source.offset + block * superblock.blockBytes;
    const { bytesRead } = await image.read(tail, 0, tail.length, position);
    if (bytesRead !== tail.length) throw new ToolError(`the end of the guest's ${path} can't be read`);
  } finally {
    await image.close();
  }
  return { tail, isTailThere: true };
}

interface Addition {
  /** Number of the file's block in which the text begins. */
  readonly first: number;
  readonly isTailThere: boolean;
  readonly text: string;
}

async function allocate(
  { fileSystem, inode }: Found,
  path: string,
  { first, isTailThere, text }: Addition,
): Promise<PlacedBlock[]> {
  const { blockBytes } = fileSystem.superblock;
  // Blocks that somebody reserved beyond the end are marked as unwritten: they would read as zeros.
  await expect(fileSystem, `punch <${inode}> ${isTailThere ? first + 1 : first}`, path, /^\s*$/);
  const starts = Array.from(
    { length: Math.ceil(text.length / blockBytes) },
    (_, index) => index * blockBytes,
  );
  // Asked in one turn, they are one process.
  return Promise.all(
    starts.map(async (start) => {
      const isOld = isTailThere && start === 0;
      const command = `bmap ${isOld ? '' : '-a '}<${inode}> ${first + start / blockBytes}`;
      const block = Number(await expect(fileSystem, command, path, blockNumber));
      return { block, text: text.slice(start, start + blockBytes) };
    }),
  );
}

async function expect(
  fileSystem: ExtFileSystem,
  command: string,
  subject: string,
  answer: RegExp,
): Promise<string> {
  const question = { command, subject, bytes: 1 };
  const said = await fileSystem.ask(question);
  return answer.test(said) ? said : refuseWrite(fileSystem, question, said);
}
