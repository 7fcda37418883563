import { ToolError } from '../../errors.js';
import { type ExtFileSystem, type Question, refuse } from './ext-file-system.js';

/** EXT2_ET_BLOCK_ALLOC_FAIL and EXT2_ET_INODE_ALLOC_FAIL (e2fsprogs lib/ext2fs/ext2_err.et). */
const noRoom = /Could not allocate (?:block|inode) in ext2 filesystem/;

/** libext2fs 1.46.6 to 1.47.3 takes an extent that ends with the file system for one that ends behind it (lib/ext2fs/punch.c). */
const lastBlock = /^punch: Illegal block number /;

/** Throws a `ToolError` for a change that debugfs didn't make, with the reason where it is a known one. */
export function refuseWrite(
  { device, superblock }: ExtFileSystem,
  question: Question,
  answer: string,
): never {
  const { subject } = question;
  if (noRoom.test(answer)) {
    const { freeBlocks, blockBytes, freeInodes } = superblock;
    const room = `${freeBlocks} blocks of ${blockBytes} bytes and ${freeInodes} inodes were free`;
    throw new ToolError(`there is no room on ${device} for the guest's ${subject}: ${room}`, {
      remedy: 'start the guest as it is, make room there, and convert it again',
    });
  }
  if (lastBlock.test(answer)) {
    throw new ToolError(
      `the guest's ${subject} lies in the last block of its file system, which debugfs can't free`,
      { remedy: 'use --access appliance' },
    );
  }
  return refuse(question, answer);
}
