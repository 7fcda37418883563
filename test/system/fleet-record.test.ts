/** The record and the job in one transaction: wherever the connection breaks, never one without the other. */
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import test from 'ava';
import { addJobs } from '../../src/fleet/queue/add-jobs.js';
import { jobAtWork } from '../../src/fleet/queue/complete-with-record.js';
import { openHostQueue } from '../../src/fleet/queue/host-queue.js';
import { openFleet } from '../../src/fleet/queue/open-fleet.js';
import { invirtRecord } from '../../src/mode-records/invirt.js';
import { parseInvirtOption, withInvirtSettings } from '../../src/mode-records/invirt-option.js';
import type { ModeRecord, RecordFlip } from '../../src/mode-records/mode-record.js';
import { tinyGuests } from './batch-guests.js';
import { breakableWay } from './cut-connection.js';
import { countOf, endWorkers, fleetList, onFleet, startWorker, untilDone } from './fleet-run.js';
import { type Cluster, startCluster } from './postgres-cluster.js';
import { testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';

let base = '';
let cluster: Cluster;
let databases = 0;
const environment = { ...process.env };

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
  cluster = await startCluster();
});

test.afterEach.always(async () => {
  process.env = { ...environment };
  await endWorkers();
});

test.after.always(async () => {
  await cluster?.remove();
  await removeTinyGuests(base);
});

async function newDatabase(): Promise<string> {
  databases += 1;
  await cluster.createDatabase(`record${databases}`);
  return `record${databases}`;
}

function recordAt(url: string): ModeRecord {
  const option = parseInvirtOption(withInvirtSettings(`invirt:${url}#web1`, {}).slice('invirt:'.length));
  if (option.kind === 'invalid') throw new Error(option.message);
  return invirtRecord(option.place, '/srv/web1.img');
}

async function planAt(url: string): Promise<RecordFlip> {
  const plan = await recordAt(url).plan();
  if (plan.kind !== 'flip') throw new Error(JSON.stringify(plan));
  return plan;
}

const schema = 'convert_image';
const data = {
  version: 1,
  host: 'dom0-r',
  disk: '/srv/web1.img',
  options: {},
  tags: [],
  labels: {},
  place: '',
  retries: { limit: 5, delaySeconds: 0 },
} as const;

/** A job that is at work, and what a run of its worker has in its environment. */
async function jobInHand(url: string): Promise<string> {
  const fleet = await openFleet({ url, schema }, 'change');
  try {
    await addJobs(
      fleet,
      [{ ...data, tags: [] }].map((job) => ({ ...job, options: {}, labels: {} })),
    );
    const job = await (await openHostQueue(fleet, 'dom0-r')).take();
    return jobAtWork({ schema, queue: 'host.dom0-r', id: job?.id ?? '' });
  } finally {
    await fleet.close();
  }
}

async function both(database: string): Promise<string> {
  const [machine] = await cluster.sql(database, "SELECT type_id FROM machines WHERE name = 'web1'");
  const [job] = await cluster.sql(
    database,
    "SELECT state FROM convert_image.job WHERE name = 'host.dom0-r' ORDER BY created_on DESC LIMIT 1",
  );
  return `${machine?.type_id} ${job?.state}`;
}

test.serial('the flip completes the very job that its run works on, and no other', async (t) => {
  const database = await newDatabase();
  const url = cluster.url(database);
  const value = await jobInHand(url);
  const plan = await planAt(url);
  for (const other of [
    undefined,
    'x',
    jobAtWork({ schema, queue: 'host.dom0-r', id: randomUUID() }),
    jobAtWork({ schema: 'elsewhere', queue: 'host.dom0-r', id: randomUUID() }),
  ]) {
    if (other !== undefined) process.env.CONVERT_IMAGE_JOB = other;
    await recordAt(url).flip(plan);
    t.is(await both(database), 'linux active');
    await recordAt(url).undo(plan);
  }
  process.env.CONVERT_IMAGE_JOB = value;
  await recordAt(url).flip(plan);
  t.is(await both(database), 'linux completed');
  // Repeated, as after a crash, it does nothing.
  await recordAt(url).flip(plan);
  t.is(await both(database), 'linux completed');
});

test.serial('a user who may not use the queue flips all the same, and the worker completes', async (t) => {
  const database = await newDatabase();
  process.env.CONVERT_IMAGE_JOB = await jobInHand(cluster.url(database));
  await cluster.sql(
    database,
    'CREATE ROLE registrar LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO registrar; GRANT UPDATE ON machines TO registrar',
  );
  const url = cluster.url(database, 'registrar');
  await recordAt(url).flip(await planAt(url));
  t.is(await both(database), 'linux active');
});

test.serial('a queue that says no keeps the record from being flipped', async (t) => {
  const database = await newDatabase();
  const url = cluster.url(database);
  process.env.CONVERT_IMAGE_JOB = await jobInHand(url);
  await cluster.sql(
    database,
    `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not today''; END';
     CREATE TRIGGER no BEFORE UPDATE ON convert_image.job FOR EACH ROW EXECUTE FUNCTION no()`,
  );
  const plan = await planAt(url);
  const error = await t.throwsAsync(() => recordAt(url).flip(plan), { name: 'RecordError' });
  t.regex(error?.message ?? '', /not today/);
  t.is(await both(database), 'linux-hvm active');
});

test.serial('a connection that breaks at any message, before or after the server got it', async (t) => {
  t.timeout(240_000);
  for (const side of ['before', 'after'] as const) {
    const database = await newDatabase();
    const url = cluster.url(database);
    for (let message = 1, isCut = true; isCut; message += 1) {
      t.true(message < 40);
      process.env.CONVERT_IMAGE_JOB = await jobInHand(url);
      const plan = await planAt(url);
      // Cut once it is tried again and done; cut for ever it fails, and nothing of it may be left.
      for (const times of [Number.POSITIVE_INFINITY, 1]) {
        const way = await breakableWay(cluster.socket, { message, side, times });
        const record = recordAt(`postgres://postgres@127.0.0.1:${way.port}/${database}`);
        await record.flip(plan).catch(() => undefined);
        isCut = way.cuts() > 0;
        way.close();
        const found = await both(database);
        t.regex(found, /^(linux completed|linux-hvm active)$/, `${side} message ${message}, ${times} times`);
        if (times === 1) t.is(found, 'linux completed', `${side} message ${message}`);
      }
      if (!isCut) t.true(message > 10, 'there were that many places to break');
      await recordAt(url).undo(plan);
    }
  }
});

test.serial('a worker: record and job are done together, and the report comes behind', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const database = await newDatabase();
  const url = cluster.url(database);
  const [disk = ''] = await tinyGuests(base, folder, ['web1']);
  const images = [{ disk, host: 'dom0-r', keys: `record: "invirt:${url}#web1"` }];
  t.is(
    (await onFleet(folder, url, ['enqueue', await fleetList(folder, images, 'keep-dhcp: false')])).exitCode,
    0,
  );
  const worker = startWorker(folder, url, { host: 'dom0-r' });
  t.like(await untilDone(folder, url), { done: 1 });
  worker.kill('SIGTERM');
  await worker.ended;
  t.is(countOf(worker.lines, 'job-delivered', { as: 'completed-by-flip' }), 1);
  t.is(await both(database), 'linux completed');
  const [row] = await cluster.sql(
    database,
    "SELECT output->'report'->>'disk' AS disk FROM convert_image.job",
  );
  t.is(row?.disk, disk);
});
