import { dirname } from 'node:path/posix';
import { ToolError } from '../../src/errors.js';
import type { DirectAccess } from '../../src/guest-access/direct/open.js';
import type { FileStep, GuestNode, GuestTree } from '../../src/model.js';
import { asRoot, disk, file, step } from './direct-edits.js';
import { bytes, type Described, hash } from './ext-images.js';
import type { Draw } from './random-draw.js';
import type { RandomExt } from './random-ext-image.js';
import { drawSteps } from './random-ext-steps.js';
import { isDirectory, isRegular } from './tree-differences.js';

/** What direct access did. */
export interface Edit {
  /** `full`: there was no room, which was said, and the overlay is given up. */
  readonly kind: 'written' | 'left to the appliance' | 'full';
  /** What was carried out; an addition at a file's end is told as its new content. */
  readonly steps: readonly FileStep[];
  /** Why other steps were not carried out: each was refused before anything was written. */
  readonly declined: readonly string[];
  /** What is not as it should be. */
  readonly wrong: readonly string[];
}

/** Reads everything, carries out random steps, adds to a file's end, and lets it check the result. */
export async function drawAndEdit(draw: Draw, made: RandomExt, access: DirectAccess): Promise<Edit> {
  await access.mount(asRoot, 'read-only');
  const tree = await access.snapshot({ trees: ['/'], listings: [] });
  const misread = readingErrors(tree, made.before);
  const wanted = drawSteps(draw, made.before, made.blockBytes);
  await access.mount(asRoot, 'read-write');
  try {
    const written = await writeAsFarAsPossible(access, made, wanted);
    const added = await appendSomewhere(draw, access, tree, made, written.steps);
    const unsound = await access.check([disk]);
    return {
      kind: 'written',
      steps: [...written.steps, ...added],
      declined: written.declined,
      wrong: [...misread, ...written.wrong, ...unsound],
    };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ...givenUp(error, wanted, made), steps: [], declined: [] };
  }
}

/** Where what direct access reads is not what the kernel sees. */
function readingErrors(tree: GuestTree, before: ReadonlyMap<string, Described>): string[] {
  return [...new Set([...tree.keys(), ...before.keys()])].flatMap((path) => {
    const [read, seen] = [tree.get(path), before.get(path)];
    const isSame = read !== undefined && seen !== undefined && isSameNode(read, seen);
    return isSame
      ? []
      : [`${path}: read as ${JSON.stringify(read)?.slice(0, 200)}, is ${JSON.stringify(seen)}`];
  });
}

function isSameNode(read: GuestNode, { mode, content }: Described): boolean {
  const type = mode & 0o170000;
  switch (read.kind) {
    case 'file':
      return type === 0o100000 && read.mode === (mode & 0o7777) && hash(bytes(read.text)) === content;
    case 'symlink':
      return type === 0o120000 && read.target === content;
    case 'directory':
      return type === 0o040000;
    case 'unread':
      return type === 0o100000;
    case 'special':
      return type === 0o010000 || type === 0o060000;
  }
}

/** Leaves out what direct access says it can't do, which it must say before it writes anything, and with reason. */
async function writeAsFarAsPossible(access: DirectAccess, made: RandomExt, wanted: readonly FileStep[]) {
  const declined: string[] = [];
  const wrong: string[] = [];
  for (let steps = wanted; ; ) {
    try {
      await access.write(steps);
      return { steps, declined, wrong };
    } catch (error) {
      const rest = steps.filter((one) => !isAbout(error, one, made.before));
      if (!(error instanceof ToolError) || rest.length === steps.length) throw error;
      declined.push(error.message);
      steps = rest;
    }
  }
}

/** Whether an error says with reason that this step is none for debugfs. */
function isAbout(error: unknown, { path, after }: FileStep, before: ReadonlyMap<string, Described>): boolean {
  const { message } = error instanceof Error ? error : new Error();
  const old = before.get(path);
  if (message === `the guest's ${path} has extended attributes outside of its inode`)
    return old?.links === 1 && old.attributes !== '';
  const [, folder] = /^new files in the guest's (.*) inherit an ACL$/s.exec(message) ?? [];
  const isEdit = after.kind === 'file' && isRegular(old);
  if (folder === undefined || after.kind === 'absent' || isEdit) return false;
  return (
    folder === lastFolder(path, before) && /posix_acl_default/.test(before.get(folder)?.attributes ?? '')
  );
}

/** The last directory on the way to a path that is there. */
export function lastFolder(path: string, before: ReadonlyMap<string, Described>): string {
  const folder = dirname(path);
  return isDirectory(before.get(folder)) ? folder : lastFolder(folder, before);
}

/** As an initramfs grows. A file whose content lies in its inode is refused, before anything is written. */
async function appendSomewhere(
  draw: Draw,
  access: DirectAccess,
  tree: GuestTree,
  { before, blockBytes }: RandomExt,
  steps: readonly FileStep[],
): Promise<FileStep[]> {
  const changed = new Set(steps.map(({ path }) => before.get(path)?.inode));
  const choices = [...tree].filter(
    ([path]) => isRegular(before.get(path)) && !changed.has(before.get(path)?.inode),
  );
  if (choices.length === 0) return [];
  const [path, node] = draw.of(choices);
  if (node.kind !== 'file') return [];
  const addition = '+'.repeat(draw.integer(1, 5 * blockBytes));
  try {
    await access.append(path, Buffer.from(addition));
  } catch (error) {
    if (error instanceof ToolError && /too small to be what it should be/.test(error.message)) return [];
    throw error;
  }
  return [step(path, file(node.text + addition))];
}

/** What is wrong about an error that says there is no room, if there was enough, or about another one. */
function givenUp(
  { message }: ToolError,
  wanted: readonly FileStep[],
  { blockBytes, freeBlocks, freeInodes }: RandomExt,
): Pick<Edit, 'kind' | 'wrong'> {
  if (!message.startsWith('there is no room on ')) return { kind: 'full', wrong: [message] };
  const needed = wanted.reduce(
    (sum, { after }) => sum + (after.kind === 'file' ? Math.ceil(after.text.length / blockBytes) : 1) + 2,
    20,
  );
  const isFull = freeBlocks < needed || freeInodes < 3 * wanted.length;
  const says = `${message}, with ${freeBlocks} blocks and ${freeInodes} inodes free`;
  return { kind: 'full', wrong: isFull ? [] : [says] };
}
