import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';

/** What a run of the built program gave. `events` are its `--json` lines; the last one is the outcome. */
export interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Record<string, unknown>[];
}

/** A folder on disk (images are big) that is gone after the test. */
export async function testFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a run whose state directory is in `folder`. */
export const environmentIn = (folder: string, more: Record<string, string> = {}): Record<string, string> => ({
  CONVERT_IMAGE_STATE_DIR: join(folder, 'state'),
  ...more,
});

/**
 * Runs the built program as users do, with a state directory of its own in `folder`. `prefix` is a command that runs
 * the one behind it, such as `setpriv`.
 */
export async function convertImage(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  prefix: readonly string[] = [],
): Promise<Run> {
  const env = environmentIn(folder, environment);
  const options = { env, reject: false, stdin: 'ignore' } as const;
  const result = await execa(options)`${[...prefix, process.execPath, 'dist/program/main.js', ...args]}`;
  const events = args.includes('--json') ? eventsIn(result.stdout) : [];
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr, events };
}

const eventsIn = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A copy of a test guest, which the test may change. `name` is a recipe below `images/`. */
export async function copyOfGuest(folder: string, name: string): Promise<string> {
  const { stdout: built } = await execa('scripts/build-image', [name]);
  const copy = join(folder, `${name}.raw`);
  await execa('cp', ['--sparse=always', '--reflink=auto', built, copy]);
  return copy;
}

/** The content of a file of a guest with Debian's genericcloud layout, read by debugfs. */
export async function guestText(image: string, path: string): Promise<string> {
  const { stdout } = await execa('debugfs', ['-R', `cat ${path}`, `${image}?offset=${rootOffset}`], {
    stripFinalNewline: false,
  });
  return stdout;
}

/** Where the root file system of the `bookworm` guests begins, in bytes. */
export const rootOffset = 134_217_728;

/** SHA-256 of a whole file. */
export async function checksum(path: string): Promise<string> {
  const { stdout } = await execa('sha256sum', [path]);
  return stdout.split(' ')[0] ?? '';
}
