/** What a page is made of. */
import type { Verdict } from '../../batch/batch-events.js';
import type { BatchReport } from '../../batch/batch-report.js';
import type { Problem } from '../../model.js';
import type { RunReport } from '../../run-report.js';

/** How a VM stands. `unknown`: there is no report that says it. */
export type Standing = Verdict | 'not-begun' | 'running' | 'unknown';

export interface Vm {
  /** Of a fleet, where two hosts may have disks of one name. */
  readonly host?: string;
  readonly disk: string;
  readonly standing: Standing;
  readonly milliseconds?: number;
  readonly exitCode?: number;
  /** Codes of its problems, for when nothing has their words. */
  readonly codes: readonly string[];
  /** From the batch's summary, where there is no report that has them. */
  readonly problems?: readonly Problem[];
  readonly report?: RunReport;
  /** Where its report is, or should be. */
  readonly reportPath?: string;
  readonly log?: string;
}

/** `open`: it still runs, or its process was killed and nobody can tell. */
export type BatchEnd = 'ended' | 'killed' | 'open';

export interface PageBatch {
  readonly path: string;
  readonly end: BatchEnd;
  readonly report: BatchReport;
}

/** A file that should have been on the page. */
export interface Unreadable {
  readonly path: string;
  readonly reason: string;
}

export interface PageData {
  /** ISO 8601. */
  readonly made: string;
  /** Version of the program that makes the page. */
  readonly program: string;
  /** Where the reports were found. */
  readonly stateDirectory: string;
  /** Where the queue is that the page is of. */
  readonly fleet?: string;
  /** Missing when the page is of single runs. */
  readonly batch?: PageBatch;
  readonly vms: readonly Vm[];
  readonly unreadable: readonly Unreadable[];
}

/** A VM and the name of its place on the page. */
export interface PlacedVm extends Vm {
  readonly id: string;
}
