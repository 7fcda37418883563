import type { DesiredNode } from '../../model.js';
import { debugfsWord } from '../../tools/debugfs.js';
import type { Question } from './ext-file-system.js';
import { inodeFlag } from './inode-status.js';
import { fileType } from './lookup.js';
import { isEditInPlace, type Situation } from './situation.js';

/** A command that changes the file system. */
export interface WriteCommand extends Question {
  /** What debugfs prints when it has worked. */
  readonly success: RegExp;
  /** What belongs into the block whose number the answer is. */
  readonly blockText?: string;
}

export interface WriteContext {
  readonly blockBytes: number;
  readonly blocks: number;
  /** Whether the last of them is in use. */
  readonly isEndTaken: boolean;
  readonly features: ReadonlySet<string>;
  /** An empty file of the host with mode 0644. */
  readonly emptyFile: string;
  /** As debugfs reads times: `@` and seconds. */
  readonly time: string;
  /** Paths of directories that commands before these create; grows. */
  readonly created: Set<string>;
}

const silence = /^\s*$/;
const allocation = /^\s*(Allocated inode: \d+\s*)?$/;
const blockNumber = /^[1-9]\d*\n$/;

/** The commands that make one path what its step says. */
export function writeCommands(context: WriteContext, situation: Situation): WriteCommand[] {
  const { step, name, existing } = situation;
  const { after } = step;
  const say = speaker(step.path);
  if (existing !== undefined && after.kind === 'file' && isEditInPlace(situation)) {
    const { found, status } = existing;
    const target = `<${found.inode}>`;
    const content = contentCommands(context, step.path, target, status.flags, after.text);
    return after.mode === undefined ? content : [...content, modeCommand(say, target, after.mode)];
  }
  const directory = enterDirectory(context, situation);
  const old = existing === undefined ? [] : removeCommands(context, situation, existing);
  return [
    ...directory,
    ...old,
    ...createCommands(context, step.path, name, after),
    ...touch(say, context, '.'),
  ];
}

type Say = (command: string, success?: RegExp) => WriteCommand;

const speaker =
  (subject: string): Say =>
  (command, success = silence) => ({ command, subject, success });

const modeCommand = (say: Say, target: string, mode: number): WriteCommand =>
  say(`sif ${target} mode 0${(fileType.regular | mode).toString(8)}`);

const touch = (say: Say, { time }: WriteContext, target: string): WriteCommand[] => [
  say(`sif ${target} mtime ${time}`),
  say(`sif ${target} ctime ${time}`),
];

/** `<5>` and `-x` are names too: the `./` keeps debugfs from reading them as an inode number or an option. */
const inDirectory = (name: string): string => debugfsWord(`./${name}`);

function enterDirectory(context: WriteContext, { step, directory, missing }: Situation): WriteCommand[] {
  const say = speaker(step.path);
  const commands = [say(`cd <${directory.inode}>`)];
  let path = directory.path === '/' ? '' : directory.path;
  for (const name of missing) {
    path = `${path}/${name}`;
    if (!context.created.has(path)) {
      commands.push(say(`mkdir ${debugfsWord(name)}`, allocation), ...touch(say, context, '.'));
      context.created.add(path);
    }
    commands.push(say(`cd ${inDirectory(name)}`));
  }
  return commands;
}

function removeCommands(
  { time }: WriteContext,
  { step, name }: Situation,
  { found, status }: NonNullable<Situation['existing']>,
): WriteCommand[] {
  const say = speaker(step.path);
  const remove = say(`rm ${inDirectory(name)}`);
  return status.links > 1 ? [remove, say(`sif <${found.inode}> ctime ${time}`)] : [remove];
}

function createCommands(
  context: WriteContext,
  path: string,
  name: string,
  after: DesiredNode,
): WriteCommand[] {
  const say = speaker(path);
  switch (after.kind) {
    case 'absent':
      return [];
    case 'symlink':
      return [say(`symlink ${debugfsWord(name)} ${debugfsWord(after.target)}`, allocation)];
    case 'file': {
      const target = inDirectory(name);
      const flags = context.features.has('inline_data') ? inodeFlag.inlineData : 0;
      return [
        say(`write ${debugfsWord(context.emptyFile)} ${debugfsWord(name)}`, allocation),
        modeCommand(say, target, after.mode ?? 0o644),
        ...contentCommands(context, path, target, flags, after.text),
      ];
    }
  }
}

/**
 * Gives an inode newly allocated blocks for a text. debugfs has no command to write into an existing inode, so the
 * blocks' numbers come back and their content is written into the image at these places (`placeBlocks`).
 * `bmap -a` allocates as debugfs' own `write` does; `fallocate` would leave the extents marked as unwritten.
 */
function contentCommands(
  context: WriteContext,
  path: string,
  target: string,
  flags: number,
  text: string,
): WriteCommand[] {
  const say = speaker(path);
  const commands = emptied(say, context, target);
  if ((flags & inodeFlag.inlineData) !== 0) commands.push(...outOfLine(say, context, target, flags));
  for (let start = 0; start < text.length; start += context.blockBytes) {
    const allocate = say(`bmap -a ${target} ${start / context.blockBytes}`, blockNumber);
    commands.push({ ...allocate, blockText: text.slice(start, start + context.blockBytes) });
  }
  return [...commands, say(`sif ${target} size ${text.length}`), ...touch(say, context, target)];
}

/**
 * Frees an inode's blocks. libext2fs 1.46.6 to 1.47.3 takes an extent that ends with the file system for one that ends behind
 * it (lib/ext2fs/punch.c); so the file system is one block longer meanwhile, in that debugfs' memory.
 */
function emptied(say: Say, { blocks, isEndTaken }: WriteContext, target: string): WriteCommand[] {
  const punch = say(`punch ${target} 0`);
  return isEndTaken
    ? [say(`ssv blocks_count ${blocks + 1}`), punch, say(`ssv blocks_count ${blocks}`)]
    : [punch];
}

/** The fields of an inode's block map, as debugfs calls them. */
const blockFields = [...Array(12).keys(), 'IND', 'DIND', 'TIND'];

/** Turns an inode whose (emptied) content lay in the inode itself into one with a block map or an extent tree. */
function outOfLine(say: Say, { features }: WriteContext, target: string, flags: number): WriteCommand[] {
  const extents = features.has('extent') || features.has('extents');
  const newFlags = (flags & ~inodeFlag.inlineData) | (extents ? inodeFlag.extents : 0);
  // The head of an extent tree: magic 0xf30a, no entry; room for four, depth 0 (ext3_extents.h).
  const head = extents ? [0xf30a, 4] : [];
  return [
    say(`ea_rm ${target} system.data`),
    say(`sif ${target} flags ${newFlags}`),
    ...blockFields.map((field, index) => say(`sif ${target} block[${field}] ${head[index] ?? 0}`)),
  ];
}
