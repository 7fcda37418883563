/** The worker's story with a queue in memory and runs that end at once. */
import test from 'ava';
import type { ImageResult } from '../../../src/batch/batch-events.js';
import type { Entry } from '../../../src/batch/entry.js';
import type { ImageRun } from '../../../src/batch/run-image.js';
import { DatabaseError } from '../../../src/errors.js';
import type { Delivered, HostQueue, TakenJob } from '../../../src/fleet/queue/host-queue.js';
import type { Interrupted } from '../../../src/fleet/work.js';
import { runWorker } from '../../../src/fleet/worker.js';
import type { WorkerEvent } from '../../../src/fleet/worker-events.js';

const entryOf = (disk: string): Entry => ({ disk, options: {}, tags: [], labels: {}, places: {} });

interface Script {
  readonly jobs: readonly string[];
  readonly verdict?: ImageResult['verdict'];
  /** How often the queue can't be asked, once the first job was taken. */
  readonly outages?: number;
  readonly interrupted?: readonly Interrupted[];
  readonly waiting?: readonly { readonly id: string; readonly disk: string }[];
  readonly abandoned?: readonly TakenJob[];
}

const jobOf = (disk: string): TakenJob => ({ id: `id ${disk}`, data: { disk }, retries: 0, retryLimit: 5 });

/** Runs a worker until its queue is empty; what it told the queue, and what it said. */
async function work({ jobs, verdict = 'converted', outages = 0, ...more }: Script) {
  const told: string[] = [];
  const events: WorkerEvent[] = [];
  const left = [...jobs];
  let failures = outages;
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  const tell = async (what: string, as: Delivered): Promise<Delivered> => {
    if (failures > 0) {
      failures -= 1;
      throw new DatabaseError('Connection terminated', 'lost');
    }
    told.push(what);
    return as;
  };
  const queue: HostQueue = {
    take: async () => {
      const next = left.shift();
      if (next === undefined) stop('SIGTERM');
      return next === undefined ? undefined : jobOf(next);
    },
    complete: (id) => tell(`complete ${id}`, 'completed'),
    fail: (id, output, again) =>
      tell(`fail ${id} ${output.problems[0]?.code} ${again}`, again ? 'retry' : 'dead-letter'),
    giveBack: (id) => tell(`give back ${id}`, 'given-back'),
    giveBackStrays: async () => [],
    failAbandoned: async () => [...(more.abandoned ?? [])],
    waiting: async () => [...(more.waiting ?? [])],
    putFirst: async (ids) => void told.push(`first ${ids}`),
    counts: async () => ({}),
  };
  const problems = verdict === 'converted' ? [] : [{ code: 'image-in-use', message: '', remedy: '' }];
  const start = ({ disk }: Entry): ImageRun => ({
    disk,
    pid: 0,
    weight: () => 'light',
    isEnding: () => true,
    kill: () => undefined,
    ended: Promise.resolve({ disk, verdict, problems, milliseconds: 1 }),
  });
  const outcome = await runWorker(
    1,
    {
      queue,
      start,
      room: async () => ({ hasRoom: true, availableBytes: 0 }),
      read: (data) => {
        const { disk } = data as { disk: string };
        return disk === 'odd' ? { reason: 'it is odd' } : { entry: entryOf(disk) };
      },
      interrupted: async () => [...(more.interrupted ?? [])],
    },
    {
      emit: (event) => void events.push(event),
      onSignal: (listener) => {
        stop = listener;
      },
    },
  );
  return { told, events, outcome };
}

test('jobs are done one after the other, and the queue is told of each', async (t) => {
  const { told, outcome } = await work({ jobs: ['/a', '/b'] });
  t.deepEqual(told, ['complete id /a', 'complete id /b']);
  t.like(outcome, { exitCode: 143, counts: { converted: 2 }, undelivered: [] });
});

test('what may pass is tried again, and what is not understood goes to the dead letters unread', async (t) => {
  const { told, events } = await work({ jobs: ['/a', 'odd'], verdict: 'refused' });
  t.deepEqual(told, ['fail id /a image-in-use true', 'fail id odd job-not-understood false']);
  t.true(events.some(({ type }) => type === 'job-unreadable'));
});

test('a result waits for a database that is away, and is told once', async (t) => {
  const { told, events } = await work({ jobs: ['/a'], outages: 1 });
  t.deepEqual(told, ['complete id /a']);
  const types = events.map(({ type }) => type);
  t.is(types.filter((type) => type === 'database-lost').length, 1);
  t.is(types.filter((type) => type === 'database-back').length, 1);
});

test('what is half done goes first: by its job where one waits, else without; an undo is for a person', async (t) => {
  const { told, events } = await work({
    jobs: ['/a'],
    abandoned: [jobOf('/a')],
    waiting: [{ id: 'id /a', disk: '/a' }],
    interrupted: [
      { entry: entryOf('/a') },
      { entry: entryOf('/c') },
      { entry: entryOf('/d'), obstacle: 'an undo of /d was interrupted' },
    ],
  });
  t.deepEqual(told, ['first id /a', 'complete id /a']);
  t.deepEqual(
    events.flatMap((event) => ('disk' in event ? [`${event.type} ${event.disk}`] : [])),
    [
      'job-abandoned /a',
      'needs-person /d',
      'recovery-started /c',
      'recovery-finished /c',
      'job-started /a',
      'job-finished /a',
      'job-delivered /a',
    ],
  );
});
