import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { run } from './run.js';

/** Looking takes well under a second, some seconds with a hundred domains, and ten in an emulated dom0 on a busy machine. */
const limitMs = 60_000;

export type HostAnswer =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'not-installed' }
  /** `detail` is what the program said last. */
  | { readonly kind: 'failed'; readonly detail: string };

/** Asks a program about this host, which only looks. Throws a `ToolError` when it doesn't answer within a minute. */
export async function askHost(program: string, args: readonly string[]): Promise<HostAnswer> {
  try {
    const { stdout } = await run({ timeout: limitMs, killSignal: 'SIGKILL' })`${program} ${args}`;
    return { kind: 'answer', text: stdout };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') return { kind: 'not-installed' };
    if (error.timedOut) throw unanswered(program, args, `no answer within ${limitMs / 1000} s`, error);
    return { kind: 'failed', detail: String(error.stderr).trim().split('\n').at(-1) || error.shortMessage };
  }
}

/** That it can't be known which domains use a disk; then the disk must not be written. */
export const unanswered = (
  program: string,
  args: readonly string[],
  detail: string,
  cause?: unknown,
): ToolError =>
  new ToolError(
    `which domains of this host have the disk can't be found out: ${[program, ...args].join(' ')}: ${detail}`,
    { remedy: `run as root, and make "${[program, ...args].join(' ')}" work`, cause },
  );
