import { join } from 'node:path';
import { ToolError } from '../../errors.js';
import type { FileStep } from '../../model.js';
import { type ExtFileSystem, refuse } from './ext-file-system.js';
import type { MountTable } from './lookup.js';
import { type PlacedBlock, placeBlocks } from './place-blocks.js';
import { type Situation, situationOf } from './situation.js';
import { type WriteCommand, writeCommands } from './write-commands.js';
import { refuseWrite } from './write-refusals.js';

/** In the outbox from the start; debugfs makes new files of it. Only debugfs reads it again, which could write it too. */
export const emptyFile = 'empty';

/** See `GuestAccess.write`. Everything is looked at before anything is changed. */
export async function writeSteps(mounts: MountTable, steps: readonly FileStep[]): Promise<void> {
  const fileSystems = [...new Set(mounts.values())];
  // Asked in one turn, they share a debugfs.
  const [situations, isEndTaken] = await Promise.all([
    Promise.all(steps.map((step) => situationOf(mounts, step))),
    Promise.all(fileSystems.map(isLastBlockTaken)),
  ]);
  const changes = situations.filter(
    ({ step, existing }) => step.after.kind !== 'absent' || existing !== undefined,
  );
  refuseTwoNames(changes);
  for (const [index, fileSystem] of fileSystems.entries()) {
    const here = changes.filter(({ directory }) => directory.fileSystem === fileSystem);
    await writeInto(fileSystem, here, isEndTaken[index] === true);
  }
}

async function isLastBlockTaken(fileSystem: ExtFileSystem): Promise<boolean> {
  const question = {
    command: `testb ${fileSystem.superblock.blocks - 1}`,
    subject: 'last block',
    bytes: 100,
  };
  const answer = await fileSystem.ask(question);
  if (!/^Block \d+ (?:not|marked) in use\n$/.test(answer)) refuse(question, answer);
  return answer.includes('marked');
}

/** Two steps for one inode, or one path, would undo each other. */
function refuseTwoNames(changes: readonly Situation[]): void {
  const seen = new Map<string, string>();
  for (const { existing, step } of changes) {
    const key =
      existing === undefined ? step.path : `${existing.found.fileSystem.device} ${existing.found.inode}`;
    const other = seen.get(key);
    if (other !== undefined) throw new ToolError(`the guest's ${other} and ${step.path} are one file`);
    seen.set(key, step.path);
  }
}

async function writeInto(
  fileSystem: ExtFileSystem,
  changes: readonly Situation[],
  isEndTaken: boolean,
): Promise<void> {
  if (changes.length === 0) return;
  const { source, superblock } = fileSystem;
  const context = {
    blockBytes: superblock.blockBytes,
    blocks: superblock.blocks,
    isEndTaken,
    features: superblock.features,
    emptyFile: join(source.outbox, emptyFile),
    time: `@${Math.floor(Date.now() / 1000)}`,
    created: new Set<string>(),
  };
  const commands = changes.flatMap((change) => writeCommands(context, change));
  // Asked in one turn, they run in this order; allocating a block has a short answer, so it is one process or a few.
  const answers = await Promise.all(commands.map((command) => fileSystem.ask({ ...command, bytes: 1 })));
  fileSystem.forget();
  await placeBlocks(
    fileSystem,
    commands.flatMap((command, index) => blockOf(fileSystem, command, answers[index] ?? '')),
  );
}

/** The block that a command allocated, if it is such a command. */
function blockOf(fileSystem: ExtFileSystem, command: WriteCommand, answer: string): PlacedBlock[] {
  if (!command.success.test(answer)) refuseWrite(fileSystem, command, answer);
  return command.blockText === undefined ? [] : [{ block: Number(answer), text: command.blockText }];
}
