import { ToolError } from '../../errors.js';
import { type ExtFileSystem, type Question, refuse } from './ext-file-system.js';

/** EXT2_ET_BLOCK_ALLOC_FAIL and EXT2_ET_INODE_ALLOC_FAIL (e2fsprogs lib/ext2fs/ext2_err.et). */
const noRoom = /Could not allocate (?:block|inode) in ext2 filesystem/;

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
  return refuse(question, answer);
}
