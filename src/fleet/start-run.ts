import type { ImageResult } from '../batch/batch-events.js';
import type { Entry } from '../batch/entry.js';
import type { Weight } from '../batch/memory.js';
import type { TakenJob } from './queue/host-queue.js';
import { canTryAgain, nextTry, recoveryOf } from './recovery.js';
import type { InHand, Recovery, Work } from './work.js';

/** Begins a job's conversion; its result waits to be delivered when it has ended. */
export function startJob(work: Work, { id: job, retries }: TakenJob, entry: Entry): void {
  const { disk } = entry;
  work.host.emit({ type: 'job-started', job, disk, retries });
  begin(work, entry, job, (result) => {
    work.host.emit({ type: 'job-finished', job, ...result });
    work.undelivered.push({ job, entry, result });
  });
}

/** Finishes what was interrupted, if it still is. */
export async function startRecovery(work: Work, recovery: Recovery): Promise<void> {
  const { entry } = recovery;
  work.recoveries.splice(work.recoveries.indexOf(recovery), 1);
  // A run that outlived its worker may have finished it meanwhile.
  if ((await recoveryOf(await work.parts.interrupted(), entry.disk)) === undefined) return;
  if (work.signal !== undefined) return;
  work.host.emit({ type: 'recovery-started', disk: entry.disk });
  begin(work, entry, undefined, (result) => {
    const willRetry = canTryAgain(result, recovery);
    work.host.emit({ type: 'recovery-finished', willRetry, ...result });
    if (willRetry) work.recoveries.push(nextTry(recovery, performance.now()));
  });
}

function begin(
  work: Work,
  entry: Entry,
  job: string | undefined,
  whenEnded: (result: ImageResult) => void,
): void {
  const { disk } = entry;
  let weight: Weight = 'unknown';
  const run = work.parts.start(entry, job, (line) => {
    if (job !== undefined) work.host.emit({ type: 'job-event', job, disk, line });
    if (run.weight() !== weight) work.changes.emit('change');
    weight = run.weight();
  });
  const inHand: InHand = { entry, run, ...(job === undefined ? {} : { job }) };
  work.running.add(inHand);
  void run.ended.then((result) => {
    work.running.delete(inHand);
    count(work, result.verdict);
    whenEnded(result);
    if (work.lostSinceMs === undefined) work.nextLookMs = 0;
    work.changes.emit('change');
  });
}

/** One more of these. */
export const count = ({ counts }: Work, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);
