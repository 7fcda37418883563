import { statfs } from 'node:fs/promises';
import { shares } from '../batch/memory.js';
import { reportOf } from '../stages/conversion-report.js';
import { listConversions } from '../state/conversions.js';
import { availableMemory } from '../tools/memory.js';
import { type Finding, good, limited, missing } from './finding.js';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** A conversion through the appliance writes some 100 MB, one that installs a kernel a gigabyte. */
const comfortableBytes = 2e9;
const leastBytes = 200e6;

/** Whether there are memory and space, and whether an earlier run waits for somebody. */
export async function examineRoom(stateDirectory: string): Promise<Finding[]> {
  return [
    await examineMemory(),
    await examineSpace(stateDirectory),
    await examineConversions(stateDirectory),
  ];
}

async function examineMemory(): Promise<Finding> {
  const bytes = await availableMemory();
  const says = `${gigabytes(bytes)} are available`;
  return bytes >= shares.heavy
    ? good('memory', says)
    : limited(
        'memory',
        `${says}; a guest that needs the appliance or a boot test may take ${gigabytes(shares.heavy)}`,
        'give dom0 more memory for the time: xl mem-set 0 4096',
      );
}

async function examineSpace(stateDirectory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(stateDirectory);
  const free = bavail * bsize;
  const says = `${gigabytes(free)} are free in ${stateDirectory}, for overlays and undo archives`;
  if (free >= comfortableBytes) return good('space', says);
  const remedy = 'make room, or name another place with --state-dir';
  return free < leastBytes ? missing('space', says, remedy) : limited('space', says, remedy);
}

/** As `status` tells them: one that a process is working on now was not interrupted. */
const waiting = new Set(['interrupted', 'record-not-flipped', 'undo-interrupted']);

async function examineConversions(stateDirectory: string): Promise<Finding> {
  const { conversions, damaged } = await listConversions(stateDirectory);
  const reports = await Promise.all(conversions.map((one) => reportOf(one, stateDirectory)));
  const count = reports.filter(({ state }) => waiting.has(state)).length;
  if (count + damaged.length === 0)
    return good('conversions', `${conversions.length} are known here, none was interrupted`);
  return limited(
    'conversions',
    `${count} were interrupted, ${damaged.length} have a journal that can't be read`,
    'see "convert-image status"',
  );
}
