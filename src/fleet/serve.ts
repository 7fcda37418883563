/** Puts a worker together: its lock, its queue, its runs, its metrics. */
import type { EntryOptions, OptionKinds } from '../batch/entry.js';
import { roomBeside } from '../batch/room.js';
import { startImage } from '../batch/run-image.js';
import type { Problem } from '../model.js';
import { readJob } from './job.js';
import type { MetricsFile } from './metrics-file.js';
import { queueOf } from './queue/boss.js';
import { jobAtWork, jobVariable } from './queue/complete-with-record.js';
import { type HostQueue, openHostQueue } from './queue/host-queue.js';
import { type Fleet, type FleetPlace, openFleet } from './queue/open-fleet.js';
import { interruptedHere } from './recovery.js';
import type { WorkerHost, WorkerParts } from './work.js';
import { runWorker } from './worker.js';
import type { WorkerOutcome } from './worker-events.js';
import { withWorkerLock } from './worker-lock.js';

/** What the user asked of a worker. */
export interface WorkerWish {
  readonly place: FleetPlace;
  readonly host: string;
  readonly jobs: number;
  /** Absolute. */
  readonly stateDirectory: string;
  /** Words of the command line that every run gets. */
  readonly words: readonly string[];
  /** Options of runs whose job doesn't say otherwise. */
  readonly options: EntryOptions;
  /** Which options a job may have. */
  readonly kinds: OptionKinds;
  readonly metrics?: MetricsFile | undefined;
}

export type Served =
  | { readonly kind: 'ended'; readonly outcome: WorkerOutcome }
  | { readonly kind: 'refusal'; readonly problem: Problem };

/**
 * Works for a host until a signal comes. A database that isn't there yet is waited for. Throws a `DatabaseError` for what
 * it says no to.
 */
export async function serve(wish: WorkerWish, given: WorkerHost): Promise<Served> {
  const { metrics } = wish;
  const emit: WorkerHost['emit'] = (event) => {
    metrics?.write(event);
    given.emit(event);
  };
  const host = { ...given, emit };
  try {
    const run = await withWorkerLock(wish.stateDirectory, wish.host, () => serveLocked(wish, host));
    if (run.kind === 'done') return { kind: 'ended', outcome: run.result };
    return { kind: 'refusal', problem: workerRuns(run.what, run.owner) };
  } finally {
    metrics?.stop();
  }
}

async function serveLocked(wish: WorkerWish, host: WorkerHost): Promise<WorkerOutcome> {
  const { place, jobs, stateDirectory, metrics } = wish;
  host.emit({ type: 'worker-started', host: wish.host, jobs, stateDirectory, fleet: place.url });
  const queue = laterQueue(place, wish.host);
  try {
    metrics?.watch(queue);
    return await runWorker(jobs, partsOf(wish, queue), host);
  } finally {
    await queue.close();
  }
}

function partsOf(
  { place, host, stateDirectory, words, options, kinds }: WorkerWish,
  queue: HostQueue,
): WorkerParts {
  const run = { dryRun: false, bootTest: false, stateDirectory, words };
  return {
    queue,
    start: (entry, job, onEvent) => {
      const { schema } = place;
      const atWork = job === undefined ? '' : jobAtWork({ schema, queue: queueOf(host), id: job });
      return startImage(entry, run, onEvent, { [jobVariable]: atWork });
    },
    room: roomBeside,
    read: (data) => {
      const reading = readJob(data, kinds);
      if (reading.kind === 'unreadable') return reading;
      return { entry: { ...reading.entry, options: { ...options, ...reading.entry.options } } };
    },
    interrupted: () => interruptedHere(stateDirectory),
  };
}

/** The queue, opened when it is first asked, and again after an attempt that failed. */
function laterQueue(place: FleetPlace, host: string): HostQueue & { readonly close: () => Promise<void> } {
  let opening: Promise<{ readonly fleet: Fleet; readonly queue: HostQueue }> | undefined;
  const open = async () => {
    opening ??= openBoth(place, host).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return (await opening).queue;
  };
  return {
    take: async () => (await open()).take(),
    complete: async (...given) => (await open()).complete(...given),
    fail: async (...given) => (await open()).fail(...given),
    giveBack: async (id) => (await open()).giveBack(id),
    giveBackStrays: async (ids) => (await open()).giveBackStrays(ids),
    failAbandoned: async (output) => (await open()).failAbandoned(output),
    waiting: async () => (await open()).waiting(),
    putFirst: async (ids) => (await open()).putFirst(ids),
    counts: async () => (await open()).counts(),
    close: async () => {
      const opened = await opening?.catch(() => undefined);
      await opened?.fleet.close();
    },
  };
}

async function openBoth(place: FleetPlace, host: string) {
  const fleet = await openFleet(place, 'work');
  try {
    return { fleet, queue: await openHostQueue(fleet, host) };
  } catch (error) {
    await fleet.close().catch(() => undefined);
    throw error;
  }
}

const workerRuns = (what: string, owner: string): Problem => ({
  code: 'worker-runs',
  message: `another worker${owner === '' ? '' : `, process ${owner},`} has ${what}`,
  remedy: 'one worker is enough: it runs as many conversions at once as --jobs says',
});
