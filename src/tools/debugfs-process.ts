import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { describeEnd, limitReached, type ProgramEnd, usualLimits } from './limits.js';
import { sandboxed } from './sandbox.js';
import { endWholeGroup, ownGroup } from './whole-group.js';

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

/** A running debugfs. One exchange at a time. */
export interface DebugfsProcess {
  /** Hands it text and gives what it prints up to `end`, as one character per byte; less only when it ended itself. */
  exchange(text: string, end: string): Promise<string>;
  /** Lets it write what it still holds and end; gives what it printed meanwhile. */
  finish(): Promise<string>;
}

/** Longest output of one exchange. Callers ask for less; only a damaged or hostile file system makes more. */
const maximumOutputBytes = 128 * 1024 * 1024;
const limitMs = 10 * 60_000;

/** Starts debugfs in the sandbox, reading its commands from us. Whoever starts it must let it finish. */
export async function startDebugfs(source: ExtSource): Promise<DebugfsProcess> {
  const child = startChild(await confinedDebugfs(source), source.signal);
  // It never rejects, so it may be awaited late.
  const ended = child.then((result) => result);
  // Writing to one that has ended fails; how it ended says why.
  child.stdin.on('error', () => {});
  const output = collectOutput();
  child.stdout.on('data', output.add);
  const untilEnd = async (): Promise<void> => {
    const end = await ended;
    source.signal.throwIfAborted();
    throwUnlessUsual(end, output.text());
  };
  return {
    exchange: async (text, end) => {
      const printed = output.until(end);
      child.stdin.write(text, 'latin1');
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      const first = await Promise.race([printed, ended]);
      clearTimeout(timer);
      if (first === 'too much') {
        child.kill('SIGKILL');
        throw new ToolError('debugfs printed too much: is the file system damaged?');
      }
      if (first !== 'printed') await untilEnd();
      return output.take();
    },
    finish: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      child.stdin.end();
      await untilEnd().finally(() => clearTimeout(timer));
      return output.take();
    },
  };
}

/** Not through `run`, whose standard input is fixed. */
const interactive = { env: { LC_ALL: 'C.UTF-8' }, stdin: 'pipe', buffer: false, reject: false } as const;

/** Both of its streams are one, so that a complaint stands in the answer of the command that it belongs to. */
const startChild = (words: readonly string[], cancelSignal: AbortSignal) =>
  endWholeGroup(
    execa({ ...interactive, ...ownGroup, cancelSignal })`sh -c ${'exec "$@" 2>&1'} sh ${words}`,
    cancelSignal,
  );

type Printed = 'printed' | 'too much';

function collectOutput() {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let tail = '';
  let check = () => {};
  const text = () => Buffer.concat(pieces).toString('latin1');
  return {
    text,
    add: (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.length;
      tail = (tail + piece.toString('latin1', Math.max(0, piece.length - 100))).slice(-100);
      check();
    },
    until: (end: string) =>
      new Promise<Printed>((resolve) => {
        check = () => {
          if (bytes > maximumOutputBytes) resolve('too much');
          if (tail.endsWith(end)) resolve('printed');
        };
      }),
    take: (): string => {
      const taken = text();
      pieces = [];
      bytes = 0;
      tail = '';
      return taken;
    },
  };
}

async function confinedDebugfs({ image, offset, writable, outbox }: ExtSource): Promise<string[]> {
  const args = [...(writable ? ['-w'] : []), '-f', '-', `${image}?offset=${offset}`];
  if (!writable) return sandboxed({ program: 'debugfs', args, readOnly: [image], readWrite: [outbox] });
  // It writes anywhere on the disk, which is one file.
  const fileBytes = Math.max((await stat(image)).size, usualLimits.fileBytes);
  const files = { readWrite: [image, outbox] };
  const confined = await sandboxed({ program: 'debugfs', args, ...files, limits: { fileBytes } });
  // Nothing may go on writing when this process is killed; a reader ends by itself.
  return [...dieWithUs, ...confined];
}

interface End extends ProgramEnd {
  readonly code?: string | undefined;
}

/** Throws a `ToolError` when it wasn't debugfs itself that ended. Its exit code says nothing; the answers do. */
function throwUnlessUsual({ code, exitCode, signal }: End, said: string): void {
  if (code === 'ENOENT' || exitCode === 127)
    throw new ToolError('debugfs is not installed', { remedy: 'apt install e2fsprogs' });
  const reached = limitReached({ exitCode, signal, said });
  if (reached !== undefined) throw new ToolError(`debugfs: ${reached}`);
  if (exitCode === undefined) throw new ToolError(`debugfs: ${describeEnd({ signal })}`);
}
