import {
  CommitError,
  ConversionError,
  InterruptedError,
  RecordError,
  ToolError,
  UsageError,
  VerificationError,
} from './errors.js';
import type { Outcome } from './events.js';

/** Exit codes, part of the command line's contract (design section 4). */
export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  refused: 3,
  failed: 4,
  notVerified: 5,
  inconsistent: 6,
  someNotConverted: 7,
} as const;

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** What shells make of a program that a signal ended. */
export const signalExitCode = (signal: string): number => 128 + (signalNumbers[signal] ?? 0);

const untouched = 'the image is untouched';

interface Consequence {
  readonly exitCode: number;
  readonly code: string;
  readonly state: string;
}

/** What an exception means for the image and for the caller. Anything unknown is a bug. */
export function consequenceOf(error: unknown): Consequence {
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, code: 'usage', state: untouched };
  if (error instanceof InterruptedError) {
    return { exitCode: signalExitCode(error.signal), code: 'interrupted', state: untouched };
  }
  if (error instanceof VerificationError)
    return { exitCode: exitCodes.notVerified, code: 'not-verified', state: untouched };
  if (error instanceof CommitError) {
    return {
      exitCode: exitCodes.inconsistent,
      code: 'commit-failed',
      state: 'the image is neither old nor new',
    };
  }
  if (error instanceof RecordError) {
    const state = 'the disk is converted and still boots as HVM; the record is not flipped';
    return { exitCode: exitCodes.inconsistent, code: 'record-not-flipped', state };
  }
  if (error instanceof ToolError) return { exitCode: exitCodes.failed, code: 'failed', state: untouched };
  return { exitCode: exitCodes.bug, code: 'bug', state: 'the state of the image is not known' };
}

/** The outcome of a run that ended by an exception. */
export function failureOutcome(disk: string, error: unknown): Outcome & { outcome: 'failed' } {
  const { exitCode, code, state } = consequenceOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof ConversionError;
  const remedy = known ? error.remedy : 'this is a bug in convert-image: please report it with the log';
  return { type: 'outcome', disk, outcome: 'failed', exitCode, state, problems: [{ code, message, remedy }] };
}

/** The exit code of a run's outcome. */
export function exitCodeOf(outcome: Outcome): number {
  if (outcome.outcome === 'refused') return exitCodes.refused;
  return outcome.outcome === 'failed' ? outcome.exitCode : exitCodes.done;
}
