import { chown, mkdir } from 'node:fs/promises';
import { bwrapWords } from './bwrap.js';
import { type ConfinedFiles, confinedId, userFor } from './confined-user.js';
import { findProgram } from './find-program.js';
import { type LimitOptions, limitWords } from './limits.js';
import { run } from './run.js';

/** A program that is to parse what may be hostile, and all that it needs of this host. */
export interface ConfinedProgram extends ConfinedFiles {
  /** Looked for in PATH. */
  readonly program: string;
  readonly args: readonly string[];
  readonly limits?: LimitOptions;
}

/**
 * The words that run a program confined: it sees /usr, its files and nothing else of this host, has no network and no
 * capability, and dies with this process. It runs as a user of its own if that one may open every file, else as ours.
 * Open descriptors are inherited. Exit codes come through; a signal that ended it becomes 128 and its number.
 *
 * Where this host has no sandbox (`sandboxObstacle`) only the limits are left. A program that isn't installed keeps its
 * bare name, so that starting it fails as usual.
 */
export async function sandboxed(confined: ConfinedProgram): Promise<string[]> {
  const { program, args, limits } = confined;
  const path = await findProgram(program);
  if (path === undefined) return [program, ...args];
  if ((await sandboxObstacle()) !== undefined) return [...limitWords(limits), program, ...args];
  return [...(await confinement(path, confined)), path, ...args];
}

let obstacle: Promise<string | undefined> | undefined;

/** Why programs can't be confined on this host; undefined when they can. Tried once in the life of this process: 5 ms. */
export function sandboxObstacle(): Promise<string | undefined> {
  obstacle ??= tryOut();
  return obstacle;
}

/** Whether confined programs can run as a user of their own here, given files that this user may open. */
export const hasOwnUser = async (): Promise<boolean> => isRoot() && (await sandboxObstacle()) === undefined;

/** Gives a view of an image to the user as whom confined programs run, where there is one. */
export async function giveToConfined(path: string): Promise<void> {
  if (await hasOwnUser()) await chown(path, confinedId, confinedId);
}

/** Makes a folder that a confined program can write into, if it gets these files beside it. */
export async function makeOutbox(path: string, files: ConfinedFiles): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if ((await userFor(files)) === 'own') await giveToConfined(path);
}

async function tryOut(): Promise<string | undefined> {
  if ((await findProgram('bwrap')) === undefined)
    return 'bubblewrap is not installed: apt install bubblewrap';
  const words = [...(await confinement('/usr/bin/true', {})), 'true'];
  const { exitCode, stderr, shortMessage } = await run({ reject: false, timeout: tryLimitMs })`${words}`;
  if (exitCode === 0) return undefined;
  return (stderr.trim().split('\n').at(-1) || shortMessage) ?? 'bwrap failed';
}

const tryLimitMs = 10_000;

/** The confined programs of all conversions share a user, and few of them start another program. */
const processes = 500;

async function confinement(
  program: string,
  { limits, ...files }: Omit<ConfinedProgram, 'program' | 'args'>,
): Promise<string[]> {
  const programs = program.startsWith('/usr/') ? [] : [program];
  const readOnly = [...programs, ...(files.readOnly ?? [])];
  return [
    ...limitWords(limits),
    ...(isRoot() ? [`--nproc=${processes}`] : []),
    ...(await bwrapWords({ ...files, readOnly }, await userFor(files))),
  ];
}

const isRoot = (): boolean => process.geteuid?.() === 0;
