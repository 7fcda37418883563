import type { WorkerEvent } from '../fleet/worker-events.js';
import type { BatchTextOptions } from './batch-lines.js';
import { createWorkerLines } from './worker-lines.js';
import { createWorkerLog } from './worker-log.js';

/** Tells what a worker does: to a journal as JSON lines, to people on a terminal as text. */
export const createWorkerReporter = (
  options: BatchTextOptions,
  isLog: boolean,
): ((event: WorkerEvent) => void) =>
  isLog ? createWorkerLog(options.out, options.verbosity) : createWorkerLines(options);
