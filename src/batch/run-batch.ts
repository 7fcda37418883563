/**
 * The story of a batch: images begin in their order, each as a process of its own, as many at once as the rules and the
 * memory allow. Whatever becomes of one, the others don't notice.
 */
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { BatchEvent, BatchOutcome, ImageResult, StopReason } from './batch-events.js';
import { type BatchState, outcomeOf } from './batch-state.js';
import type { Entry } from './entry.js';
import type { Weight } from './memory.js';
import { type Room, roomBeside } from './room.js';
import { type ImageRun, type RunOptions, startImage } from './run-image.js';
import { decide, type Rules } from './schedule.js';

export interface Batch extends RunOptions {
  readonly entries: readonly Entry[];
  readonly rules: Rules;
}

export interface BatchHost {
  readonly emit: (event: BatchEvent) => void;
  /** Calls the listener at every SIGINT, SIGTERM and SIGHUP. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => void;
  /** Is told every new state: for the batch's own report. */
  readonly onState: (state: BatchState) => void;
}

/** A batch at work. */
interface Work {
  readonly batch: Batch;
  readonly host: BatchHost;
  readonly running: Map<number, ImageRun>;
  readonly results: Map<number, ImageResult>;
  /** Says that something has changed. */
  readonly changes: EventEmitter;
  begun: number;
  /** The image whose turn it is, while the memory doesn't suffice. */
  awaitsMemory?: string;
  /** Until the first signal is handed on. */
  hearsay?: NodeJS.Timeout;
  stopped?: StopReason;
  signal?: NodeJS.Signals;
}

/** How often memory is looked at while a conversion waits for it. */
const memoryLookMs = 1000;

/**
 * Who stops a service, or a terminal's session, signals all of its processes at once: a conversion that has heard the
 * signal that way has this long to say so, and isn't signalled once more, which would stop it inside its commit.
 */
const hearsayMs = 300;

/** Runs a batch to its end and says how it ended. A signal stops it: nothing new begins, and what runs is waited for. */
export async function runBatch(batch: Batch, host: BatchHost): Promise<BatchOutcome> {
  const work: Work = {
    batch,
    host,
    running: new Map(),
    results: new Map(),
    changes: new EventEmitter(),
    begun: 0,
  };
  host.onSignal((signal) => hear(work, signal));
  const { entries, rules, dryRun } = batch;
  host.emit({ type: 'batch-started', images: entries.length, jobs: rules.jobs, dryRun });
  host.onState(stateOf(work));
  while (await goOn(work));
  return outcomeOf(stateOf(work), join(batch.stateDirectory, 'reports'));
}

/** One decision; false when there is nothing left to do. */
async function goOn(work: Work): Promise<boolean> {
  const { batch, running, results, changes } = work;
  const isFree = running.size > 0 && running.size < batch.rules.jobs;
  const room = isFree ? await roomBeside([...running.values()]) : { hasRoom: true, availableBytes: 0 };
  const ended = new Map([...results].map(([index, { verdict }]) => [index, verdict]));
  const decision = decide(batch.rules, {
    total: batch.entries.length,
    begun: work.begun,
    ended,
    isInterrupted: work.signal !== undefined,
    hasRoom: room.hasRoom,
  });
  if (decision.kind === 'done') return false;
  if (decision.kind === 'start') start(work);
  if (decision.kind === 'stop') {
    announceStop(work, decision.reason);
    if (running.size === 0) return false;
  }
  if (decision.kind === 'start') return true;
  if (decision.kind === 'wait' && decision.for === 'memory') await memoryOrChange(work, room);
  else await once(changes, 'change');
  return true;
}

async function memoryOrChange(work: Work, { availableBytes }: Room): Promise<void> {
  const { host, batch, changes, begun } = work;
  const disk = batch.entries[begun]?.disk ?? '';
  if (work.awaitsMemory !== disk) host.emit({ type: 'memory-awaited', disk, availableBytes });
  work.awaitsMemory = disk;
  const signal = AbortSignal.timeout(memoryLookMs);
  await once(changes, 'change', { signal }).catch(() => undefined);
}

function start(work: Work): void {
  const { batch, host, running, results, changes } = work;
  const index = work.begun;
  const entry = batch.entries[index];
  if (entry === undefined) return;
  const { disk } = entry;
  work.begun += 1;
  host.emit({ type: 'image-started', disk });
  let weight: Weight = 'unknown';
  const run = startImage(entry, batch, (event) => {
    host.emit({ type: 'image-event', disk, event });
    if (run.weight() !== weight) changes.emit('change');
    weight = run.weight();
  });
  running.set(index, run);
  void run.ended.then((result) => {
    running.delete(index);
    results.set(index, result);
    host.emit({ type: 'image-finished', ...result });
    host.onState(stateOf(work));
    changes.emit('change');
  });
}

const reasons: Readonly<Record<Exclude<StopReason, 'signal'>, string>> = {
  canary: 'not all of the canaries were converted: the rest is not begun',
  failures: 'as many have failed as --stop-after-failures allows: no further one is begun',
};

function announceStop(work: Work, reason: StopReason): void {
  if (work.stopped !== undefined) return;
  work.stopped = reason;
  const message =
    reason === 'signal'
      ? `${work.signal}: no further one is begun; those that run stop before their commit, or finish it`
      : reasons[reason];
  work.host.emit({ type: 'batch-stopped', reason, message });
}

/** The first signal lets each finish a commit that it has begun; any further one is told to all at once. */
function hear(work: Work, signal: NodeJS.Signals): void {
  const { running, changes } = work;
  const isFirst = work.signal === undefined;
  work.signal ??= signal;
  clearTimeout(work.hearsay);
  if (isFirst) {
    announceStop(work, 'signal');
    work.hearsay = setTimeout(() => {
      for (const run of running.values()) if (!run.isEnding()) run.kill(signal);
    }, hearsayMs);
  } else for (const run of running.values()) run.kill(signal);
  changes.emit('change');
}

const stateOf = ({ batch, results, stopped, signal }: Work): BatchState => ({
  entries: batch.entries,
  results: new Map(results),
  stopped,
  signal,
});
