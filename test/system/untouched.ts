import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { convertImage, type Run } from './program.js';

/** What a run that fails must say. */
export interface Refusal {
  readonly exitCode: number;
  readonly code: string;
  /** A telling part of the message. */
  readonly says: RegExp;
  readonly remedy?: RegExp;
}

export interface Attempt {
  /** Holds the image, and gets the state directory. */
  readonly folder: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly environment?: Record<string, string>;
  readonly prefix?: readonly string[];
}

/** Tries to convert an image, and checks what is said, that the image is the same, and that nothing is left behind. */
export async function failsUntouched(t: ExecutionContext, attempt: Attempt, refusal: Refusal): Promise<Run> {
  const { folder, image, args, environment, prefix } = attempt;
  const before = [await fingerprint(image), await filesIn(folder)];
  const run = await convertImage(folder, ['--json', ...args, image], environment, prefix);
  const problem = problemsOf(run).find(({ code }) => code === refusal.code);
  t.is(run.exitCode, refusal.exitCode, run.stdout + run.stderr);
  t.truthy(problem, `${refusal.code} in ${run.stdout}`);
  t.regex(problem?.message ?? '', refusal.says);
  t.regex(problem?.remedy ?? '', refusal.remedy ?? /\w/);
  t.deepEqual([await fingerprint(image), await filesIn(folder)], before);
  t.deepEqual(await leftovers(folder), []);
  return run;
}

/**
 * Content, size, time and owner of a file as one hash; what it is, of anything else. Zeros are looked for in the
 * content: what the file system calls a hole may change when a file is only read (allocated and not yet written).
 */
export async function fingerprint(path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile()) return status === undefined ? 'missing' : `mode ${status.mode}`;
  const archive = 'tar --sparse --hole-detection=raw -C "$1" -cf - "./$2" | sha256sum';
  const { stdout } = await execa`bash -o pipefail -c ${archive} _ ${dirname(path)} ${basename(path)}`;
  return stdout;
}

/** What runs have left in the state directory's work folder. */
export const leftovers = (folder: string): Promise<string[]> =>
  readdir(join(folder, 'state', 'work')).catch(() => []);

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name !== 'state').sort();

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

interface OutcomeEvent {
  readonly type: 'outcome';
  readonly problems: readonly Problem[];
}

/** The problems of a run's outcome; none when it didn't end with one. */
export function problemsOf({ events }: Run): readonly Problem[] {
  const isOutcome = (event: object | undefined): event is OutcomeEvent =>
    event !== undefined && 'type' in event && event.type === 'outcome';
  const last: object | undefined = events.at(-1);
  return isOutcome(last) ? last.problems : [];
}
