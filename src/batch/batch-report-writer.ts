import { hostname } from 'node:os';
import { programVersion } from '../program-version.js';
import { saveReport, timeStamp } from '../state/reports.js';
import type { BatchOutcome } from './batch-events.js';
import { type BatchReport, withoutSecrets } from './batch-report.js';
import { type BatchState, reported } from './batch-state.js';
import type { EntryOptions } from './entry.js';

/** What is known of a batch before it begins. */
export interface BatchFrame {
  readonly lists: readonly string[];
  readonly rules: BatchReport['rules'];
  readonly options: EntryOptions;
}

export interface BatchReportWriter {
  readonly write: (state: BatchState) => void;
  /** Writes the last state, and says in the outcome where the report is. */
  readonly finish: (outcome: BatchOutcome) => BatchOutcome;
}

/** Often enough that a batch which is killed leaves a useful report; a list of thousands isn't written for each image. */
const writeEveryMs = 2000;

/** Keeps the report of a batch up to date while it runs, whole at every time. */
export function createBatchReportWriter(stateDirectory: string, frame: BatchFrame): BatchReportWriter {
  const started = new Date();
  const name = `${timeStamp(started)}-${process.pid}.json`;
  let last: BatchState | undefined;
  let writtenMs = Number.NEGATIVE_INFINITY;
  const save = (end: Pick<BatchReport, 'ended' | 'exitCode'>) => {
    if (last === undefined) return undefined;
    writtenMs = performance.now();
    const report: BatchReport = {
      version: 1,
      host: hostname(),
      program: programVersion,
      started: started.toISOString(),
      ...end,
      lists: [...frame.lists],
      rules: frame.rules,
      options: shown(frame.options),
      ...reported(last),
    };
    return saveReport(stateDirectory, 'batches', name, report);
  };
  return {
    write: (state) => {
      last = state;
      if (performance.now() - writtenMs >= writeEveryMs) save({});
    },
    finish: (outcome) => {
      const report = save({ ended: new Date().toISOString(), exitCode: outcome.exitCode });
      return report === undefined ? outcome : { ...outcome, report };
    },
  };
}

const shown = (options: EntryOptions): BatchReport['options'] =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (typeof value === 'boolean') return [name, value];
      return [name, typeof value === 'string' ? withoutSecrets(value) : value.map(withoutSecrets)];
    }),
  );
