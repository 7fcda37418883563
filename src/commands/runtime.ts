import type { Context } from '../context.js';
import type { Outcome } from '../events.js';
import type { CommonFlags } from './options.js';

/** What a reporter shows on standard output besides the outcome. */
export type Shows = 'facts' | 'plan' | 'nothing';

/** One command's work on one disk, ready to be run with a reporter, a log and signals around it. */
export interface Job {
  readonly disk: string;
  readonly flags: CommonFlags;
  readonly shows: Shows;
  /** Whether the run leaves a report (`run-report.ts`). */
  readonly leavesReport?: boolean;
  readonly work: (context: Context) => Promise<Outcome>;
}

/** Given by `main.ts`: runs a job, reports it, and makes its outcome the exit code. */
export type RunJob = (job: Job) => Promise<void>;
