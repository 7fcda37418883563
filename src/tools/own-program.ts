import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { endWithUs } from './die-with-us.js';
import { run } from './run.js';

/** A run of this program as a process of its own. */
export interface OwnRun {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Settles when it has ended and all of its lines were handed over; rejects never. */
  readonly ended: Promise<{
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    /** The last of its standard error. */
    readonly said: string;
  }>;
}

/** Bundled (`scripts/bundle`), as users start it. */
const program = join(packageRoot(), 'dist/program/main.js');

/** Enough for a message with its stack. */
const keptCharacters = 2000;

/**
 * Starts this program with these arguments and hands over each line of its standard output. It has a session of its own:
 * Ctrl-C on the terminal reaches its parent only, who tells it once. When the parent dies, however that comes, it is
 * told so (`ourEnd`), and stops as at a first SIGTERM. `env` comes on top of the environment, which other users don't see.
 */
export function startOwnProgram(
  args: readonly string[],
  onLine: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
): OwnRun {
  const child = run({
    env,
    reject: false,
    detached: true,
    // A commit may take longer than the 5 s after which execa would send SIGKILL.
    forceKillAfterDelay: false,
    // Lines go by; a batch runs for hours.
    buffer: false,
  })`${endWithUs} ${process.execPath} ${program} ${args}`;
  const lines = (async () => {
    for await (const line of child.iterable()) onLine(line);
  })();
  const errors = (async () => {
    let said = '';
    for await (const line of child.iterable({ from: 'stderr' }))
      said = `${said}${line}\n`.slice(-keptCharacters);
    return said.trim();
  })();
  const ended = Promise.all([child, errors.catch(() => ''), lines.catch(() => undefined)]).then(
    ([{ exitCode, signal }, said]) => ({ exitCode, signal, said }),
  );
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), ended };
}
