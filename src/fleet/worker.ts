/**
 * The story of a worker: it takes a job only when it may begin it, runs the conversion as a process of its own, and tells the
 * queue how it ended. What it can't tell now it tells later; what it is killed in, the next one on this host takes up.
 */
import type { Verdict } from '../batch/batch-events.js';
import { signalExitCode } from '../exit-codes.js';
import { deliver, isCutShort } from './deliver.js';
import { diskIn } from './job.js';
import { abandonedOutput } from './job-notes.js';
import { recoveriesOf, recoveryOf } from './recovery.js';
import { count, startRecovery } from './start-run.js';
import { lastPatienceMs, takeOne } from './take-job.js';
import { ask, change, newWork, type Work, type WorkerHost, type WorkerParts } from './work.js';
import type { WorkerOutcome } from './worker-events.js';

/** How often memory is looked at while a job could begin but for it. */
const memoryLookMs = 1000;

/** A run that has heard the signal of a whole service by itself has this long to say so (see `batch/run-batch.ts`). */
const hearsayMs = 300;

/** Works until a signal comes and says how it ended. Throws a `DatabaseError` for what the database says no to. */
export async function runWorker(jobs: number, parts: WorkerParts, host: WorkerHost): Promise<WorkerOutcome> {
  const work = newWork(jobs, parts, host);
  host.onSignal((signal) => hear(work, signal));
  try {
    await recover(work);
    while (await goOn(work));
  } catch (error) {
    // What runs stops before its commit, or finishes it.
    for (const { run } of work.running) if (!run.isEnding()) run.kill('SIGTERM');
    await Promise.all([...work.running].map(({ run }) => run.ended));
    throw error;
  }
  return outcomeOf(work);
}

/** What a worker that died has left: its jobs go back, and what it left half done goes first. */
async function recover(work: Work): Promise<void> {
  const { host, parts } = work;
  for (;;) {
    if (work.signal !== undefined) return;
    const answer = await ask(work, async (queue) => {
      const abandoned = await queue.failAbandoned(abandonedOutput);
      return { abandoned, waiting: await queue.waiting() };
    });
    if (answer.kind === 'lost') {
      await change(work, work.nextLookMs - performance.now());
      continue;
    }
    const { abandoned, waiting } = answer.value;
    for (const { id: job, retries, data } of abandoned)
      host.emit({ type: 'job-abandoned', job, disk: diskIn(data), retries });
    const { first, recoveries, stuck } = await recoveriesOf(await parts.interrupted(), waiting);
    for (const { entry, problem } of stuck) host.emit({ type: 'needs-person', disk: entry.disk, problem });
    work.recoveries.push(...recoveries);
    if (first.length > 0) await ask(work, (queue) => queue.putFirst(first));
    work.nextLookMs = 0;
    return;
  }
}

/** One decision; false when there is nothing left to do. */
async function goOn(work: Work): Promise<boolean> {
  const now = performance.now();
  if (work.undelivered.length > 0 && now >= work.nextLookMs) {
    await deliverAll(work);
    return true;
  }
  if (work.signal !== undefined) return stopping(work, now);
  const isFull = work.running.size >= work.jobs;
  const recovery = work.recoveries.find(({ dueMs }) => dueMs <= now);
  const isLookDue = now >= work.nextLookMs && work.undelivered.length === 0;
  if (isFull || (recovery === undefined && !isLookDue)) {
    await change(work, waitMs(work, now));
    return true;
  }
  if (!(await hasRoom(work))) {
    await change(work, memoryLookMs);
    return true;
  }
  if (recovery !== undefined) await startRecovery(work, recovery);
  else await takeOne(work);
  return true;
}

/** Until the next look or recovery is due. */
function waitMs({ nextLookMs, recoveries, running, jobs }: Work, now: number): number {
  const full = running.size >= jobs;
  const dues = full ? [] : recoveries.map(({ dueMs }) => dueMs);
  const next = Math.min(...dues, nextLookMs > now ? nextLookMs : now + 60_000);
  return Math.max(next - now, 1);
}

async function stopping(work: Work, now: number): Promise<boolean> {
  if (work.running.size > 0) {
    work.stoppedMs = now;
    await change(work, work.undelivered.length > 0 ? work.nextLookMs - now : 60_000);
  } else if (work.undelivered.length === 0 || now - (work.stoppedMs ?? now) > lastPatienceMs) return false;
  else await change(work, work.nextLookMs - now);
  return true;
}

async function hasRoom(work: Work): Promise<boolean> {
  // One alone may always try: what the host has is what it has.
  if (work.running.size === 0) return true;
  const { hasRoom: isRoom, availableBytes } = await work.parts.room([...work.running].map(({ run }) => run));
  if (!isRoom && !work.awaitsMemory) work.host.emit({ type: 'memory-awaited', availableBytes });
  work.awaitsMemory = !isRoom;
  return isRoom;
}

async function deliverAll(work: Work): Promise<void> {
  for (const one of [...work.undelivered]) {
    const answer = await ask(work, (queue) => deliver(queue, one, work.signal !== undefined));
    if (answer.kind === 'lost') return;
    work.undelivered.splice(work.undelivered.indexOf(one), 1);
    const { job, entry, result } = one;
    const as = answer.value;
    if (as === 'given-back') count(work, as);
    work.host.emit({ type: 'job-delivered', job, disk: entry.disk, as });
    if (!isCutShort(as, result)) continue;
    // The record's transaction has completed it, and then the run ended otherwise: its journal isn't at its end.
    const recovery = await recoveryOf(await work.parts.interrupted(), entry.disk);
    if (recovery !== undefined) work.recoveries.push(recovery);
  }
}

/** The first signal lets each run finish a commit that it has begun; any further one is told to all at once. */
function hear(work: Work, signal: NodeJS.Signals): void {
  const isFirst = work.signal === undefined;
  work.signal ??= signal;
  work.stoppedMs ??= performance.now();
  clearTimeout(work.hearsay);
  const runs = () => [...work.running].map(({ run }) => run);
  if (isFirst) {
    const message = `${signal}: no further job is taken; what runs stops before its commit, or finishes it, and goes back`;
    work.host.emit({ type: 'worker-stopping', signal, message });
    work.hearsay = setTimeout(() => {
      for (const run of runs()) if (!run.isEnding()) run.kill(signal);
    }, hearsayMs);
  } else for (const run of runs()) run.kill(signal);
  work.changes.emit('change');
}

function outcomeOf({ counts, signal, undelivered }: Work): WorkerOutcome {
  const of = (name: Verdict | 'given-back') => counts.get(name) ?? 0;
  return {
    type: 'outcome',
    outcome: 'worker',
    exitCode: signal === undefined ? 0 : signalExitCode(signal),
    counts: {
      converted: of('converted'),
      'already-pv': of('already-pv'),
      planned: of('planned'),
      refused: of('refused'),
      failed: of('failed'),
      inconsistent: of('inconsistent'),
      interrupted: of('interrupted'),
      'given-back': of('given-back'),
    },
    undelivered: undelivered.map(({ job }) => job),
    problems: [],
  };
}
