import { exitCodes, signalExitCode } from '../exit-codes.js';
import type { BatchOutcome, Counts, ImageResult, StopReason, Verdict } from './batch-events.js';
import type { BatchReport } from './batch-report.js';
import type { Entry } from './entry.js';

/** What has become of the images so far: results by their place in the list. */
export interface BatchState {
  readonly entries: readonly Entry[];
  readonly results: ReadonlyMap<number, ImageResult>;
  readonly stopped?: StopReason | undefined;
  readonly signal?: string | undefined;
}

/** Counts of images by how they ended. */
export function countsOf({ entries, results }: BatchState): Counts {
  const verdicts = [...results.values()].map(({ verdict }) => verdict);
  const count = (name: Verdict) => verdicts.filter((verdict) => verdict === name).length;
  return {
    total: entries.length,
    converted: count('converted'),
    'already-pv': count('already-pv'),
    planned: count('planned'),
    refused: count('refused'),
    failed: count('failed'),
    inconsistent: count('inconsistent'),
    interrupted: count('interrupted'),
    'not-begun': entries.length - verdicts.length,
  };
}

/**
 * The batch's exit code. What needs a person comes first, also after a signal; then the signal; then whether every image
 * is what it should be.
 */
export function exitCodeOfBatch(counts: Counts, signal: string | undefined): number {
  if (counts.inconsistent > 0) return exitCodes.inconsistent;
  if (signal !== undefined) return signalExitCode(signal);
  const good = counts.converted + counts['already-pv'] + counts.planned;
  return good === counts.total ? exitCodes.done : exitCodes.someNotConverted;
}

/** How a batch ended that has this state at its end. */
export function outcomeOf(state: BatchState, reports: string): BatchOutcome {
  const counts = countsOf(state);
  const results = inOrder(state);
  return {
    type: 'outcome',
    outcome: 'batch',
    exitCode: exitCodeOfBatch(counts, state.signal),
    counts,
    problems: results.flatMap(({ disk, problems }) => problems.map((problem) => ({ ...problem, disk }))),
    notBegun: state.entries.flatMap(({ disk }, index) => (state.results.has(index) ? [] : [disk])),
    ...(state.stopped === undefined ? {} : { stopped: state.stopped }),
    reports,
  };
}

const inOrder = ({ entries, results }: BatchState): ImageResult[] =>
  entries.flatMap((_, index) => results.get(index) ?? []);

/** What of the state stands in the batch's report. */
export function reported(state: BatchState): Pick<BatchReport, 'counts' | 'images' | 'stopped'> {
  const images = state.entries.map(({ disk }, index): BatchReport['images'][number] => {
    const result = state.results.get(index);
    if (result === undefined) return { disk, verdict: 'not-begun', codes: [] };
    const { problems, ...rest } = result;
    const codes = problems.map(({ code }) => code);
    const isLost = rest.report === undefined && problems.length > 0;
    return { ...rest, codes, ...(isLost ? { problems: problems.map((problem) => ({ ...problem })) } : {}) };
  });
  return {
    counts: countsOf(state),
    images,
    ...(state.stopped === undefined ? {} : { stopped: state.stopped }),
  };
}
