import type { BatchEvent, BatchOutcome } from '../batch/batch-events.js';
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

/** What a batch may use of the executable. */
export interface BatchRuntime {
  readonly emit: (event: BatchEvent) => void;
  /** Calls the listener at every SIGINT, SIGTERM and SIGHUP. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => void;
  /** Makes the state directory ready. */
  readonly prepare: (stateDirectory: string) => Promise<unknown>;
}

/** The work of a batch, ready to be run with a reporter and signals around it. */
export interface BatchJob {
  readonly flags: CommonFlags;
  /** A plain outcome is a batch that wasn't begun. */
  readonly work: (runtime: BatchRuntime) => Promise<BatchOutcome | Outcome>;
}

/** The work of making a page from reports. It touches no image: it needs no log and may be broken off at any time. */
export interface PageJob {
  readonly flags: CommonFlags;
  /** `print` writes to standard output. */
  readonly work: (print: (text: string) => void) => Promise<Outcome>;
}

/** Given by `main.ts`: makes a page, and makes its outcome the exit code. */
export type RunPage = (job: PageJob) => Promise<void>;

/** Given by `main.ts`: runs a batch, reports it, and makes its outcome the exit code. */
export type RunBatch = (job: BatchJob) => Promise<void>;
