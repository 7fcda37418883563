import type { BatchEvent, BatchOutcome } from '../batch/batch-events.js';
import type { Context } from '../context.js';
import type { Outcome } from '../events.js';
import type { FleetEvent, FleetOutcome } from '../fleet/fleet-events.js';
import type { WorkerEvent, WorkerOutcome } from '../fleet/worker-events.js';
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

/** The work of `enqueue` and `queue`, ready to be run with a reporter around it. It may be broken off at any time. */
export interface FleetJob {
  readonly flags: CommonFlags;
  /** A plain outcome is a list that wasn't queued. */
  readonly work: (runtime: FleetRuntime) => Promise<FleetOutcome | Outcome>;
}

export interface FleetRuntime {
  readonly emit: (event: FleetEvent) => void;
}

/** Given by `main.ts`: does it, reports it, and makes its outcome the exit code. */
export type RunFleet = (job: FleetJob) => Promise<void>;

/** What a worker may use of the executable. */
export interface WorkerRuntime extends Pick<BatchRuntime, 'onSignal' | 'prepare'> {
  readonly emit: (event: WorkerEvent) => void;
}

/** The work of a worker, ready to be run with a reporter and signals around it. */
export interface WorkerJob {
  readonly flags: CommonFlags & { readonly host?: string | undefined };
  /** A plain outcome is a worker that didn't begin. */
  readonly work: (runtime: WorkerRuntime) => Promise<WorkerOutcome | Outcome>;
}

/** Given by `main.ts`: runs a worker, reports it, and makes its outcome the exit code. */
export type RunWorker = (job: WorkerJob) => Promise<void>;

/** All that `main.ts` gives. */
export interface Runners {
  readonly runJob: RunJob;
  readonly runBatch: RunBatch;
  readonly runPage: RunPage;
  readonly runFleet: RunFleet;
  readonly runWorker: RunWorker;
}
