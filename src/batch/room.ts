import { availableMemory, memoryOfTrees } from '../tools/memory.js';
import { fits } from './memory.js';
import type { ImageRun } from './run-image.js';

export interface Room {
  readonly hasRoom: boolean;
  readonly availableBytes: number;
}

/** Whether the host's memory takes one more conversion beside these, by what it has at this moment. */
export async function roomBeside(running: readonly ImageRun[]): Promise<Room> {
  const availableBytes = await availableMemory();
  const weights = running.map(({ weight }) => weight());
  // Where there is plenty, nobody has to be asked how much of it they have.
  if (fits(availableBytes, 0, weights)) return { hasRoom: true, availableBytes };
  const used = await memoryOfTrees(running.map(({ pid }) => pid));
  return { hasRoom: fits(availableBytes, used, weights), availableBytes };
}
