import { type FileHandle, open } from 'node:fs/promises';
import { ToolError } from '../../errors.js';
import type { ExtFileSystem } from './ext-file-system.js';

/** Content of one block of a file system; the rest of the block becomes zeros. */
export interface PlacedBlock {
  readonly block: number;
  readonly text: string;
}

/** Writes blocks which debugfs has allocated for us into the image. */
export async function placeBlocks(fileSystem: ExtFileSystem, blocks: readonly PlacedBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const { source, superblock, device } = fileSystem;
  if (new Set(blocks.map(({ block }) => block)).size !== blocks.length) {
    throw new ToolError(`debugfs allocated a block of ${device} twice`);
  }
  const image = await open(source.image, 'r+');
  try {
    for (const { block, text } of blocks) {
      if (block >= superblock.blocks)
        throw new ToolError(`debugfs allocated block ${block} beyond the end of ${device}`);
      const content = Buffer.alloc(superblock.blockBytes);
      content.write(text, 'latin1');
      await writeAll(image, content, source.offset + block * superblock.blockBytes);
    }
    await image.sync();
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError(`could not write to ${device} in the image: ${String(error)}`, { cause: error });
  } finally {
    await image.close();
  }
}

async function writeAll(image: FileHandle, content: Buffer, position: number): Promise<void> {
  for (let done = 0; done < content.length; ) {
    const { bytesWritten } = await image.write(content, done, content.length - done, position + done);
    done += bytesWritten;
  }
}
