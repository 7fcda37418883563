import { randomUUID } from 'node:crypto';
import { ToolError } from '../errors.js';
import { type ExtSource, startDebugfs } from './debugfs-process.js';

/** A debugfs that has a file system open. One `ask` at a time. */
export interface Debugfs {
  /**
   * Runs commands and returns what each of them printed, standard error included, one character per byte. A command
   * that fails looks like any other here: debugfs has no exit code for it, so callers check the form of the answer.
   */
  ask(commands: readonly string[]): Promise<string[]>;
  /** Must be called. What was written is in the image when the promise resolves. */
  end(): Promise<void>;
}

/** debugfs reads its commands with a buffer of BUFSIZ (8192) bytes. */
const maximumLine = 8000;

/**
 * Opens a file system. That it can't be opened is told by the first `ask`. It keeps what it has read: after a change of
 * the image by somebody else it has to be opened again.
 *
 * With `-f` debugfs prints every command unbuffered before it obeys, and prints lines that begin with `#` as they
 * are: random marks in such lines separate the answers, whatever a guest's file contains.
 */
export async function openDebugfs(source: ExtSource): Promise<Debugfs> {
  const process = await startDebugfs(source);
  return {
    ask: async (commands) => {
      const [mark, end] = [`#${randomUUID()}\n`, `#${randomUUID()}\n`];
      const script = commands.map((command) => `${mark}${checked(command)}\n`).join('');
      return answersIn(await process.exchange(script + end, end), { commands, mark, end });
    },
    end: async () => {
      const said = (await process.finish()).trim();
      if (said !== '') throw new ToolError(`debugfs said at its end: ${said.slice(0, 300)}`);
    },
  };
}

/** Runs commands in a debugfs of their own, see `Debugfs.ask`; what they write is in the image afterwards. */
export async function debugfs(source: ExtSource, commands: readonly string[]): Promise<string[]> {
  const opened = await openDebugfs(source);
  try {
    const answers = await opened.ask(commands);
    await opened.end();
    return answers;
  } catch (error) {
    await opened.end().catch(() => {});
    throw error;
  }
}

interface Asked {
  readonly commands: readonly string[];
  readonly mark: string;
  readonly end: string;
}

function answersIn(text: string, { commands, mark, end }: Asked): string[] {
  const [banner = '', ...answers] = text.split(mark);
  const trouble = banner.replace(/^debugfs \d[^\n]*\n/, '').trim();
  if (trouble !== '' && trouble !== end.trim())
    throw new ToolError(`debugfs could not open the file system: ${trouble}`);
  if (!text.endsWith(end) || answers.length !== commands.length) {
    throw new ToolError(`debugfs ended early during "${commands[Math.max(0, answers.length - 1)] ?? ''}"`);
  }
  const last = answers.length - 1;
  return answers.map((answer, index) =>
    answer.slice(`debugfs: ${commands[index]}\n`.length, index === last ? -end.length : undefined),
  );
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
