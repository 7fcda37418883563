import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { run } from './run.js';

/** How long a program of the site may take, in milliseconds. */
const limit = 30_000;

/** What a program of the site answered: its exit code, and its first line. */
export interface SiteAnswer {
  readonly exitCode: number;
  readonly said: string;
}

/**
 * Runs a program that the site's administrator has named in the configuration file; no shell. Throws a `ToolError`
 * where it can't be run, is killed or takes longer than 30 s.
 */
export async function askSiteCommand(command: readonly string[]): Promise<SiteAnswer> {
  const [program = '', ...args] = command;
  try {
    const options = { timeout: limit, forceKillAfterDelay: 1000, all: true, maxBuffer: 100_000 } as const;
    const { all } = await run(options)`${[program, ...args]}`;
    return { exitCode: 0, said: firstLine(all) };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const { exitCode, all } = error;
    if (exitCode !== undefined && !error.timedOut) return { exitCode, said: firstLine(all) };
    const cause = error.timedOut ? `it took longer than ${limit / 1000} s` : error.originalMessage;
    throw new ToolError(`${program} gave no answer: ${cause}`, { cause: error });
  }
}

const firstLine = (text: unknown): string =>
  String(text ?? '')
    .split('\n')[0]
    ?.slice(0, 300) ?? '';
