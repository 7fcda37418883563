import type { ImageResult } from '../batch/batch-events.js';
import { DatabaseError } from '../errors.js';
import { dispositionOf } from './disposition.js';
import { type JobOutput, outputOf } from './job-output.js';
import type { Delivered, HostQueue } from './queue/host-queue.js';
import type { Undelivered } from './work.js';

/** Tells the queue how a job's run ended. May be repeated: what has been told is told again without harm. */
export async function deliver(
  queue: HostQueue,
  { job, entry, result }: Undelivered,
  isStopping: boolean,
): Promise<Delivered> {
  const disposition = dispositionOf(result, entry, isStopping);
  if (disposition === 'give-back') return queue.giveBack(job);
  const tell = (output: JobOutput) =>
    disposition === 'complete'
      ? queue.complete(job, output)
      : queue.fail(job, output, disposition === 'again');
  const output = await outputOf(result);
  try {
    return await tell(output);
  } catch (error) {
    // Rather without the report than not at all.
    if (!(error instanceof DatabaseError) || error.failure !== 'answer' || output.report === undefined)
      throw error;
    const { report: _, ...rest } = output;
    return tell(rest);
  }
}

/** Whether the job is done although its run didn't end as one that is done. */
export const isCutShort = (as: Delivered, { verdict }: ImageResult): boolean =>
  as === 'completed-by-flip' && verdict !== 'converted' && verdict !== 'already-pv';
