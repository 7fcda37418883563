import type { ImageResult } from '../batch/batch-events.js';
import type { Entry } from '../batch/entry.js';
import { exitCodes } from '../exit-codes.js';

/**
 * What becomes of a job whose run has ended. `complete`: it is done. `again`: later, until its retries are spent. `dead`: to
 * the dead letters at once, since only a person can change the answer. `give-back`: as if it had never been taken.
 */
export type Disposition = 'complete' | 'again' | 'dead' | 'give-back';

/** Refusals that say what somebody else does at the moment: a backup, another run, a database that restarts. */
const passing: ReadonlySet<string> = new Set([
  'image-in-use',
  'record-unreachable',
  'record-machine-busy',
  'record-disk-attached',
]);

/** `isStopping`: the worker itself has told its runs to stop. */
export function dispositionOf(result: ImageResult, { options }: Entry, isStopping: boolean): Disposition {
  const { verdict, exitCode, problems } = result;
  switch (verdict) {
    case 'converted':
    case 'already-pv':
      return 'complete';
    case 'interrupted':
      return isStopping ? 'give-back' : 'again';
    case 'refused':
      return problems.length > 0 && problems.every(({ code }) => passing.has(code)) ? 'again' : 'dead';
    case 'inconsistent':
      // The next run goes on from the journal.
      return 'again';
    case 'failed':
      return canPass(exitCode, options['boot-test'] === true, problems[0]?.code) ? 'again' : 'dead';
    case 'planned':
      return 'dead';
  }
}

/** A result that isn't what was planned won't be so by itself; a boot test may have met a busy host. */
function canPass(exitCode: number | undefined, isBootTested: boolean, code: string | undefined): boolean {
  if (code === 'process-died' || exitCode === exitCodes.failed) return true;
  return exitCode === exitCodes.notVerified && isBootTested;
}
