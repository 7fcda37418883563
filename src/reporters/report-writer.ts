import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Event, Outcome } from '../events.js';
import { programVersion } from '../program-version.js';
import { saveReport } from '../state/reports.js';
import { gather, nothingGathered, runReport } from './run-report.js';

export interface ReportWriter {
  readonly write: (event: Event) => void;
  /** Saves the report of a run that ends now with this outcome, and says in the outcome where it is. */
  readonly finish: (outcome: Outcome) => Outcome;
}

/** Gathers what a run's report says; it is saved beside the others under the name of the run's log. */
export function createReportWriter(stateDirectory: string, disk: string, log: string): ReportWriter {
  const startedMs = Date.now();
  let gathered = nothingGathered;
  return {
    write: (event) => {
      gathered = gather(gathered, event);
    },
    finish: (outcome) => {
      const name = `${basename(log, '.log')}.json`;
      const frame = {
        disk: resolve(disk),
        log,
        host: hostname(),
        program: programVersion,
        startedMs,
        endedMs: Date.now(),
      };
      const report = saveReport(stateDirectory, 'reports', name, runReport(gathered, outcome, frame));
      return report === undefined ? outcome : { ...outcome, report };
    },
  };
}
