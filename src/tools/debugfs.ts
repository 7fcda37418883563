import { randomUUID } from 'node:crypto';
import { chmod, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { limitReached, usualLimits } from './limits.js';
import { run } from './run.js';
import { sandboxed } from './sandbox.js';

/** An ext file system inside an image. */
export interface ExtSource {
  /** Path of the image without `?`, which would start options of libext2fs. */
  readonly image: string;
  /** Where the file system starts, in bytes. */
  readonly offset: number;
  readonly writable: boolean;
  /** A private folder, which debugfs doesn't see. */
  readonly scratch: string;
  /** The folder that debugfs may write into. Whatever is there may be hostile. */
  readonly outbox: string;
  readonly signal: AbortSignal;
}

/** Longest output of one batch. Callers ask for less; only a damaged or hostile file system makes more. */
const maximumOutputBytes = 128 * 1024 * 1024;
/** debugfs reads its commands with a buffer of BUFSIZ (8192) bytes. */
const maximumLine = 8000;
const limitMs = 10 * 60_000;

/**
 * Runs commands in one debugfs process and returns what each of them printed, standard error included, one
 * character per byte. A command that fails looks like any other here: debugfs has no exit code for it, so callers
 * check the form of the answer.
 *
 * With `-f` debugfs prints every command unbuffered before it obeys, and prints lines that begin with `#` as they
 * are: random marks in such lines separate the answers, whatever a guest's file contains.
 */
export async function debugfs(source: ExtSource, commands: readonly string[]): Promise<string[]> {
  const mark = `#${randomUUID()}`;
  const script = commands.flatMap((command) => [mark, checked(command)]);
  const text = await outputOf(source, `${[...script, mark].join('\n')}\n`);
  const [banner = '', ...answers] = text.split(`${mark}\n`);
  const trouble = banner.replace(/^debugfs [^\n]*\n/, '').trim();
  if (trouble !== '') throw new ToolError(`debugfs could not open the file system: ${trouble}`);
  if (answers.pop() !== '' || answers.length !== commands.length) {
    throw new ToolError(`debugfs ended early during "${commands[answers.length] ?? ''}"`);
  }
  return answers.map((answer, index) => answer.slice(`debugfs: ${commands[index]}\n`.length));
}

/**
 * One argument of a command. Throws a `ToolError` for the bytes that debugfs' command language can't carry.
 * Inside double quotes only the quote itself is special, and is doubled (e2fsprogs lib/ss/parse.c).
 */
export function debugfsWord(text: string): string {
  if (/[\0\r\n]/.test(text)) {
    throw new ToolError(`debugfs has no way to say the name ${JSON.stringify(text)}`, {
      remedy: 'use --access appliance',
    });
  }
  return `"${text.replaceAll('"', '""')}"`;
}

/** A line break would start another command, and a `!` at its beginning a shell. */
function checked(command: string): string {
  if (/^[a-z_]+ [^\0\r\n]*$/.test(command) && command.length <= maximumLine) return command;
  throw new ToolError(`not a debugfs command: ${JSON.stringify(command.slice(0, 100))}`);
}

async function outputOf(source: ExtSource, script: string): Promise<string> {
  const commands = join(source.scratch, `debugfs-${randomUUID()}`);
  await writeFile(commands, script, { encoding: 'latin1', flag: 'wx' });
  // The folder is private; in the sandbox another user reads the script, whatever our umask.
  await chmod(commands, 0o644);
  // One file takes both streams, so that a complaint stands in the answer of the command that it belongs to.
  const output = await open(`${commands}.out`, 'wx+', 0o600);
  try {
    await runDebugfs(source, commands, output.createWriteStream({ autoClose: false }));
    const { size } = await output.stat();
    if (size > maximumOutputBytes)
      throw new ToolError(`debugfs printed ${size} bytes: is the file system damaged?`);
    const buffer = Buffer.alloc(size);
    await output.read(buffer, 0, size, 0);
    return buffer.toString('latin1');
  } finally {
    await output.close();
    await Promise.all([rm(commands, { force: true }), rm(`${commands}.out`, { force: true })]);
  }
}

async function runDebugfs(source: ExtSource, commands: string, output: Writable): Promise<void> {
  const { signal } = source;
  try {
    await run({
      stdout: output,
      stderr: output,
      cancelSignal: signal,
      timeout: limitMs,
    })`${await confinedDebugfs(source, commands)}`;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    const installed = error.code !== 'ENOENT' && error.exitCode !== 127;
    const reached = limitReached(error);
    // The exit code counts lines that were no commands; the answers say what went wrong.
    if (installed && error.exitCode !== undefined && reached === undefined) return;
    throw new ToolError(
      installed ? `debugfs: ${reached ?? error.shortMessage}` : 'debugfs is not installed',
      {
        remedy: installed ? '' : 'apt install e2fsprogs',
        cause: error,
      },
    );
  }
}

async function confinedDebugfs(source: ExtSource, commands: string): Promise<string[]> {
  const { image, offset, writable, outbox } = source;
  const words = ['-f', commands, `${image}?offset=${offset}`];
  if (!writable) {
    return sandboxed({ program: 'debugfs', args: words, readOnly: [image, commands], readWrite: [outbox] });
  }
  const confined = await sandboxed({
    program: 'debugfs',
    args: ['-w', ...words],
    readOnly: [commands],
    readWrite: [image, outbox],
    // It writes anywhere on the disk, which is one file.
    limits: { fileBytes: Math.max((await stat(image)).size, usualLimits.fileBytes) },
  });
  // Nothing may go on writing when this process is killed; a reader ends by itself.
  return ['setpriv', '--pdeathsig', 'KILL', ...confined];
}
