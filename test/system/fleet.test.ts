/** A fleet on a real PostgreSQL: what is queued, converted, refused, stopped, and what happens when the database dies. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { letGo, runsThat, tinyGuests, untilHeld } from './batch-guests.js';
import { conversionsOf } from './crash-guest.js';
import { breakableWay } from './cut-connection.js';
import {
  countOf,
  endWorkers,
  fleetList,
  type LogLine,
  onFleet,
  startWorker,
  totals,
  untilDone,
  untilSaid,
} from './fleet-run.js';
import { lookUntil, processesOf } from './live-processes.js';
import { type Cluster, startCluster } from './postgres-cluster.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { fingerprint, leftovers, problemsOf } from './untouched.js';

let base = '';
let cluster: Cluster;
let databases = 0;

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
  cluster = await startCluster();
});

test.after.always(async () => {
  await cluster?.remove();
  await removeTinyGuests(base);
});

test.afterEach.always(endWorkers);

async function newFleet(): Promise<string> {
  databases += 1;
  await cluster.createDatabase(`fleet${databases}`);
  return cluster.url(`fleet${databases}`);
}

const isQuiet = (folder: string) =>
  lookUntil(
    () => processesOf(`${folder}/`),
    (found) => found.length === 0,
    30_000,
  );

test.serial(
  'a list is queued for its hosts, once, and every mistake in it is told with its line',
  async (t) => {
    t.timeout(120_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    // Nobody looks for these disks here.
    const images = [
      { disk: '/srv/a.img', host: 'dom0-a' },
      { disk: '/srv/b.img', host: 'DOM0-A' },
      { disk: '/srv/a.img', host: 'dom0-b', keys: 'tags: [web]' },
    ];
    const list = await fleetList(folder, images);
    const first = await onFleet(folder, url, ['enqueue', list]);
    t.is(first.exitCode, 0, first.stderr);
    t.like(first.events.at(-1), { outcome: 'enqueued', counts: { queued: 3, present: 0, hosts: 2 } });
    const again = await onFleet(folder, url, ['enqueue', list, '--where', 'host=dom0-b']);
    t.like(again.events, [
      { type: 'job-present', host: 'dom0-b', disk: '/srv/a.img', state: 'waiting' },
      { type: 'outcome', counts: { queued: 0, present: 1 } },
    ]);
    t.like(await totals(folder, url), { waiting: 3, running: 0 });

    const wrong = await fleetList(folder, [
      { disk: '/srv/a.img', host: 'dom0-a' },
      { disk: '/srv/a.img', host: 'dom0-a' },
      { disk: '/srv/c.img', host: '"no host"' },
      { disk: '/srv/d.img', host: 'dom0-a', keys: 'colour: red' },
    ]);
    const run = await onFleet(folder, url, ['enqueue', wrong]);
    t.is(run.exitCode, 2);
    t.deepEqual(
      problemsOf(run).map(({ message }) => message.replace(wrong, 'LIST').replace(wrong, 'LIST')),
      [
        'LIST:4:12: /srv/a.img is named more than once, first at LIST:3:12',
        'LIST:5:30: host: "no host" is no name of a host',
        'LIST:6:59: an image has no key "colour"',
      ],
    );
    const without = await onFleet(folder, url, ['enqueue', '/srv/e.img']);
    t.regex(problemsOf(without)[0]?.message ?? '', /isn't said which host \/srv\/e\.img is on/);
    t.is((await onFleet(folder, url, ['enqueue', '/srv/e.img', '--host', 'dom0-c'])).exitCode, 0);
    t.like(await totals(folder, url), { waiting: 4 });
  },
);

test.serial('a password in the URL, a wrong URL, and a database without a queue are told so', async (t) => {
  const folder = await testFolder(t);
  const secret = 'postgres://me:hush@127.0.0.1/fleet';
  for (const words of [['queue'], ['worker'], ['enqueue', 'x.yaml'], ['report', '--output', '-']]) {
    const run = await convertImage(folder, [...words, '--fleet', secret]);
    t.is(run.exitCode, 2, words[0]);
    t.regex(run.stderr, /has a password in it/);
    t.notRegex(run.stderr + run.stdout, /hush/);
  }
  t.regex((await convertImage(folder, ['queue'])).stderr, /no fleet is named/);
  t.regex((await convertImage(folder, ['queue', '--fleet', '/x'])).stderr, /no postgres:\/\/ URL/);
  const nowhere = await convertImage(folder, ['queue', '--fleet', 'postgres://me@127.0.0.1:9/x']);
  t.is(nowhere.exitCode, 4);
  t.regex(nowhere.stderr, /ECONNREFUSED/);
  const empty = await onFleet(folder, await newFleet(), ['queue']);
  t.is(empty.exitCode, 4);
  t.regex(problemsOf(empty)[0]?.message ?? '', /holds no queue of convert-image/);
  const missing = await onFleet(folder, cluster.url('missing'), ['worker']);
  t.is(missing.exitCode, 4, missing.stdout);
  t.regex(missing.stdout, /database \\"missing\\" does not exist/);
});

test.serial('jobs are cancelled, by disk, by host, all of them; what is at work is left', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const url = await newFleet();
  const [held = ''] = await tinyGuests(base, folder, ['held']);
  const list = await fleetList(folder, [
    { disk: held, host: 'dom0-a' },
    { disk: '/srv/b.img', host: 'dom0-b' },
    { disk: '/srv/c.img', host: 'dom0-b' },
    { disk: '/srv/d.img', host: 'dom0-c' },
  ]);
  await onFleet(folder, url, ['enqueue', list]);
  const worker = startWorker(folder, url, { host: 'dom0-a', environment: await runsThat(folder, 'hold') });
  await untilHeld(folder, worker.lines);
  const nothing = await onFleet(folder, url, ['queue', 'cancel']);
  t.is(nothing.exitCode, 2);
  const one = await onFleet(folder, url, ['queue', 'cancel', '/srv/c.img']);
  t.like(one.events.at(-1), { outcome: 'cancelled', counts: { cancelled: 1, left: 0 } });
  const host = await onFleet(folder, url, ['queue', 'cancel', '--host', 'dom0-b']);
  t.like(host.events[0], { type: 'job-cancelled', disk: '/srv/b.img', isChanged: true });
  const all = await onFleet(folder, url, ['queue', 'cancel', '--all']);
  t.like(all.events, [
    { host: 'dom0-a', state: 'running', isChanged: false },
    { host: 'dom0-c', state: 'cancelled', isChanged: true },
    { counts: { cancelled: 1, left: 1 } },
  ]);
  t.like(await totals(folder, url), { running: 1, cancelled: 3 });
  await letGo(folder);
  t.like(await untilDone(folder, url), { done: 1, cancelled: 3 });
  worker.kill('SIGTERM');
  t.is((await worker.ended).exitCode, 143);
});

test.serial(
  'a worker converts; what is refused is a dead letter with its reason, and is queued again',
  async (t) => {
    t.timeout(300_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    const [good = '', mended = ''] = await tinyGuests(base, folder, ['good', 'mended']);
    const noOs = await copyOfGuest(folder, 'no-os');
    await rm(mended);
    const images = [good, mended, noOs].map((disk) => ({ disk, host: 'dom0-a' }));
    t.is((await onFleet(folder, url, ['enqueue', await fleetList(folder, images)])).exitCode, 0);
    const before = await fingerprint(noOs);
    const metrics = join(folder, 'convert.prom');
    const worker = startWorker(folder, url, {
      host: 'dom0-a',
      args: ['--metrics', metrics, '--jobs', '2', '--verbose'],
    });
    t.like(await untilDone(folder, url), { done: 1, dead: 2 });
    t.is(await fingerprint(noOs), before);
    const list = await onFleet(folder, url, ['queue', '--all']);
    const codes = list.events.flatMap(({ type, disk, output }) =>
      type === 'queue-job' ? [[disk, (output as { problems: LogLine[] }).problems[0]?.code]] : [],
    );
    t.deepEqual(codes, [
      [good, undefined],
      [mended, 'no-such-image'],
      [noOs, 'no-operating-system'],
    ]);

    const watched = await onFleet(folder, url, ['queue', 'watch']);
    t.is(watched.exitCode, 7);
    t.like(watched.events[0], { type: 'queue', hosts: [{ host: 'dom0-a', counts: { done: 1, dead: 2 } }] });
    const shown = await convertImage(folder, ['queue', '--host', 'DOM0-A'], { CONVERT_IMAGE_FLEET: url });
    t.regex(
      shown.stdout,
      /^host +waiting +running +retrying +done +dead +cancelled\ndom0-a +0 +0 +0 +1 +2 +0\n/,
    );
    t.regex(shown.stdout, /mended\.img: dead\n.* does not exist \[no-such-image\]\n +what to do: /);

    await tinyGuests(base, folder, ['mended']);
    const retried = await onFleet(folder, url, ['queue', 'retry', mended]);
    t.like(retried.events.at(-1), { outcome: 'requeued', counts: { requeued: 1, left: 0 } });
    t.like(await untilDone(folder, url), { done: 2, dead: 1 });
    const none = await onFleet(folder, url, ['queue', 'retry', mended]);
    t.like(none.events.at(-1), { counts: { requeued: 0 } });
    // Queued anew, it ends as PV already, and a dead letter that is queued anew is answered.
    await onFleet(folder, url, [
      'enqueue',
      '--keep-dhcp',
      '--record',
      'none',
      '--host',
      'dom0-a',
      good,
      noOs,
    ]);
    t.like(await untilDone(folder, url), { done: 2, dead: 1 });
    t.is(countOf(worker.lines, 'job-finished', { disk: good, verdict: 'already-pv' }), 1);
    t.like((await onFleet(folder, url, ['queue', 'retry', '--all'])).events.at(-1), {
      counts: { requeued: 1 },
    });
    await untilDone(folder, url);

    worker.kill('SIGTERM');
    const end = await worker.ended;
    t.is(end.exitCode, 143, end.stderr);
    t.is(end.stderr, '');
    const counts = { converted: 2, 'already-pv': 1, refused: 4, failed: 0 };
    t.like(worker.lines.at(-1), { event: 'worker-stopped', type: 'outcome', counts, undelivered: [] });
    for (const line of worker.lines) {
      t.regex(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      t.regex(String(line.level), /^(debug|info|warning|error)$/);
      t.is(line.host, 'dom0-a');
    }
    t.true(worker.lines.some(({ event, level }) => event === 'job-event' && level === 'debug'));
    const text = await readFile(metrics, 'utf8');
    t.regex(text, /^convert_image_conversions_total\{verdict="converted"\} 2$/m);
    t.regex(text, /^convert_image_conversions_total\{verdict="refused"\} 4$/m);
    t.deepEqual(await leftovers(folder), []);
    t.deepEqual(await isQuiet(folder), []);

    const page = join(folder, 'page.html');
    const report = await convertImage(folder, ['report', '--fleet', url, '--output', page]);
    t.is(report.exitCode, 0, report.stderr);
    t.is(report.stdout, `${page} shows 3 VMs`);
    const html = await readFile(page, 'utf8');
    t.regex(html, new RegExp(`<h3[^>]*>dom0-a:${good}</h3>`));
    t.regex(html, /2 of 3 VMs are ready for PV/);
    t.regex(html, /no-operating-system/);
  },
);

test.serial(
  'SIGTERM: a commit is finished, the rest goes back with no retry spent, and a second worker takes on',
  async (t) => {
    t.timeout(300_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    const [held = '', slow = '', next = ''] = await tinyGuests(base, folder, ['held', 'slow', 'next']);
    const images = [
      { disk: held, host: 'dom0-a' },
      { disk: slow, host: 'dom0-a', keys: 'access: appliance' },
      { disk: next, host: 'dom0-a' },
    ];
    await onFleet(folder, url, ['enqueue', await fleetList(folder, images)]);
    const environment = await runsThat(folder, 'hold');
    const worker = startWorker(folder, url, {
      host: 'dom0-a',
      args: ['--jobs', '2', '--verbose'],
      environment,
    });
    await untilHeld(folder, worker.lines, ({ event, disk }) => event === 'job-started' && disk === slow);
    const second = startWorker(folder, url, { host: 'dom0-b' });
    const refused = await second.ended;
    t.is(refused.exitCode, 3);
    t.regex(refused.stderr, /has the state directory .*\[worker-runs\]/);
    worker.kill('SIGTERM');
    await delay(1500);
    await letGo(folder);
    const end = await worker.ended;
    t.is(end.exitCode, 143, end.stdout);
    t.like(worker.lines.at(-1), { counts: { converted: 1, interrupted: 1, 'given-back': 1 } });
    t.like(await totals(folder, url), { done: 1, waiting: 2, running: 0, retrying: 0 });
    t.deepEqual(await isQuiet(folder), []);
    const rows = await cluster.sql(
      `fleet${databases}`,
      "SELECT retry_count FROM convert_image.job WHERE state = 'created'",
    );
    t.deepEqual(rows, [{ retry_count: 0 }, { retry_count: 0 }]);
    const third = startWorker(folder, url, { host: 'dom0-a' });
    await cluster.sql(
      `fleet${databases}`,
      `UPDATE convert_image.job SET data = data #- '{options,access}' WHERE state < 'completed'`,
    );
    t.like(await untilDone(folder, url), { done: 3, dead: 0 });
    third.kill('SIGINT');
    t.is((await third.ended).exitCode, 130);
  },
);

test.serial(
  'a worker that is killed: its commit is finished, its job is tried again, the poison is put away',
  async (t) => {
    t.timeout(300_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    const [held = ''] = await tinyGuests(base, folder, ['held']);
    const list = await fleetList(folder, [{ disk: held, host: 'dom0-a' }]);
    await onFleet(folder, url, ['enqueue', list, '--retries', '1', '--retry-delay', '0']);
    const environment = await runsThat(folder, 'hold');
    for (const attempt of [0, 1]) {
      const worker = startWorker(folder, url, { host: 'dom0-a', environment });
      await untilSaid(worker, (lines) => countOf(lines, 'job-started', { retries: attempt }) === 1);
      worker.kill('SIGKILL');
      await worker.ended;
      if (attempt === 0) {
        await letGo(folder);
        await isQuiet(folder);
      }
    }
    const last = startWorker(folder, url, { host: 'dom0-a' });
    await untilSaid(last, (lines) => countOf(lines, 'job-abandoned') === 1);
    t.like(await untilDone(folder, url), { dead: 1 });
    const listed = await onFleet(folder, url, ['queue']);
    t.regex(JSON.stringify(listed.events), /worker-died/);
    last.kill('SIGTERM');
    await last.ended;
    await isQuiet(folder);
    t.like((await onFleet(folder, url, ['queue', 'retry', '--all'])).events.at(-1), {
      counts: { requeued: 1 },
    });
    const healthy = startWorker(folder, url, { host: 'dom0-a' });
    t.like(await untilDone(folder, url), { done: 1, dead: 0 });
    healthy.kill('SIGTERM');
    await healthy.ended;
    for (const { state } of await conversionsOf({ folder })) t.is(state, 'done');
  },
);

test.serial('what was interrupted by hand is finished by the worker that starts', async (t) => {
  t.timeout(180_000);
  const folder = await testFolder(t);
  const url = await newFleet();
  const [image = ''] = await tinyGuests(base, folder, ['web']);
  const words = ['--address', '18.181.3.1', '--site', 'xvm', '--record', 'none'];
  t.not((await convertImage(folder, [...words, image], await runsThat(folder, 'kill'))).exitCode, 0);
  t.is((await conversionsOf({ folder }))[0]?.state, 'committing');
  const worker = startWorker(folder, url, { host: 'dom0-a' });
  await untilSaid(worker, (lines) => countOf(lines, 'recovery-finished', { verdict: 'converted' }) === 1);
  worker.kill('SIGTERM');
  await worker.ended;
  t.is((await conversionsOf({ folder }))[0]?.state, 'done');
  t.is((await convertImage(folder, ['verify', image])).exitCode, 0);
});

test.serial(
  'the database is killed while conversions run, and comes back: all end converted, once',
  async (t) => {
    t.timeout(300_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    const disks = await tinyGuests(base, folder, ['web1', 'web2', 'web3', 'web4']);
    const images = disks.map((disk) => ({ disk, host: 'dom0-a' }));
    await onFleet(folder, url, ['enqueue', await fleetList(folder, images)]);
    const environment = await runsThat(folder, 'hold');
    const worker = startWorker(folder, url, { host: 'dom0-a', args: ['--jobs', '2'], environment });
    await untilHeld(folder, worker.lines, ({ event }) => event === 'job-started');
    await cluster.kill();
    await letGo(folder);
    await untilSaid(
      worker,
      (lines) => countOf(lines, 'database-lost') > 0 && countOf(lines, 'job-finished') > 0,
    );
    await cluster.start();
    t.like(await untilDone(folder, url), { done: 4, dead: 0 });
    worker.kill('SIGTERM');
    t.is((await worker.ended).exitCode, 143);
    t.true(countOf(worker.lines, 'database-back') > 0);
    t.is(countOf(worker.lines, 'job-finished', { verdict: 'converted' }), 4);
    t.is(countOf(worker.lines, 'job-finished'), 4);
  },
);

test.serial(
  'the answer to a fetch is lost: the job that nobody knows of is given back and converted',
  async (t) => {
    t.timeout(180_000);
    const folder = await testFolder(t);
    const url = await newFleet();
    const [disk = ''] = await tinyGuests(base, folder, ['web1']);
    await onFleet(folder, url, ['enqueue', await fleetList(folder, [{ disk, host: 'dom0-a' }])]);
    const way = await breakableWay(cluster.socket, { message: 'SKIP LOCKED', side: 'after', times: 1 });
    t.teardown(way.close);
    const worker = startWorker(folder, `postgres://postgres@127.0.0.1:${way.port}/fleet${databases}`, {
      host: 'dom0-a',
    });
    t.like(await untilDone(folder, url), { done: 1 });
    t.is(way.cuts(), 1);
    t.is(countOf(worker.lines, 'job-started', { retries: 0 }), 1);
    worker.kill('SIGTERM');
    await worker.ended;
  },
);
