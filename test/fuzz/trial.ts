import { Script } from 'node:vm';
import type { FuzzTarget } from './target.js';

/**
 * Every parser has to answer within a second of processor time; where a text is longer than any configuration, the checks,
 * which read it some twenty times, have three.
 */
const limitFor = (input: Buffer): number => (input.length > 64 * 1024 ? 3000 : 1000);

/** On the clock, then it is interrupted; the machine may have other work. */
const patienceMs = 20_000;

export interface Failure {
  readonly kind: 'throws' | 'slow' | 'crash';
  readonly message: string;
}

export interface Trial {
  readonly ms: number;
  readonly failure?: Failure;
}

const call = new Script('globalThis.fuzzTrial()');

/** Gives one input to a parser. Never throws; what takes very long is interrupted. */
export function tryInput(target: FuzzTarget, input: Buffer): Trial {
  const before = process.cpuUsage();
  let failure: Failure | undefined;
  (globalThis as { fuzzTrial?: () => void }).fuzzTrial = () => target.check(input);
  try {
    call.runInThisContext({ timeout: patienceMs });
  } catch (error) {
    failure = failureOf(error);
  }
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  if (failure === undefined && ms > limitFor(input))
    failure = { kind: 'slow', message: `it took ${Math.round(ms)} ms` };
  return failure === undefined ? { ms } : { ms, failure };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
    return { kind: 'slow', message: `no answer within ${patienceMs} ms` };
  const lines = error instanceof Error ? (error.stack ?? error.message).split('\n') : [String(error)];
  return { kind: 'throws', message: lines.slice(0, 6).join('\n') };
}
