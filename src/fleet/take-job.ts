import { diskIn } from './job.js';
import { unreadableOutput } from './job-notes.js';
import type { TakenJob } from './queue/host-queue.js';
import { startJob } from './start-run.js';
import { ask, change, firstPauseMs, pause, type Work } from './work.js';

/** How long a worker that was told to stop waits for a database that isn't there, in milliseconds. */
export const lastPatienceMs = 30_000;

/** Takes the next job and begins it, or notes that there is none. */
export async function takeOne(work: Work): Promise<void> {
  if (work.mayHaveStrays && !(await giveBackStrays(work))) return;
  const answer = await ask(work, (queue) => queue.take());
  if (answer.kind === 'lost') {
    work.mayHaveStrays = true;
    return;
  }
  const { value: job } = answer;
  if (job === undefined) return pause(work);
  work.pauseMs = firstPauseMs;
  work.nextLookMs = 0;
  const reading = work.parts.read(job.data);
  // The signal came while the queue was asked.
  if (work.signal !== undefined) return postpone(work, job);
  if ('entry' in reading) startJob(work, job, reading.entry);
  else await refuse(work, job, reading.reason);
}

/** A job whose handing out was answered into the void waits again. False where the queue can't be asked now. */
async function giveBackStrays(work: Work): Promise<boolean> {
  const ours = [
    ...[...work.running].flatMap(({ job }) => job ?? []),
    ...work.undelivered.map(({ job }) => job),
  ];
  const answer = await ask(work, (queue) => queue.giveBackStrays(ours));
  work.mayHaveStrays = answer.kind === 'lost';
  return answer.kind === 'answer';
}

/** It hasn't begun: it waits for another worker as if nobody had taken it. */
async function postpone(work: Work, { id: job, data }: TakenJob): Promise<void> {
  const disk = diskIn(data);
  for (const end = performance.now() + lastPatienceMs; performance.now() < end; ) {
    const answer = await ask(work, (queue) => queue.giveBack(job));
    if (answer.kind === 'answer')
      return work.host.emit({ type: 'job-delivered', job, disk, as: answer.value });
    await change(work, work.nextLookMs - performance.now());
  }
}

async function refuse(work: Work, { id: job, data }: TakenJob, reason: string): Promise<void> {
  const disk = diskIn(data);
  work.host.emit({ type: 'job-unreadable', job, disk, reason });
  const answer = await ask(work, (queue) => queue.fail(job, unreadableOutput(reason), false));
  if (answer.kind === 'answer') work.host.emit({ type: 'job-delivered', job, disk, as: answer.value });
  else work.mayHaveStrays = true;
}
