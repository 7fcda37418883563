/**
 * `scripts/fleet-scale [HOSTS] [VMS]`: the real queue and the real worker with a sleep in the place of the conversion, and
 * what that costs the database. Hosts share a few processes; each has its own worker and connections.
 */
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ImageRun } from '../../src/batch/run-image.js';
import { enqueue } from '../../src/fleet/enqueue.js';
import { openHostQueue } from '../../src/fleet/queue/host-queue.js';
import { openFleet } from '../../src/fleet/queue/open-fleet.js';
import { runWorker } from '../../src/fleet/worker.js';
import { type Cluster, startCluster } from './postgres-cluster.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const schema = 'convert_image';

/** A direct conversion of an ext4 guest takes about so long on a quiet dom0, in milliseconds. */
const sleepMs = 1500;

/** The worker of one host, until its queue is empty. */
async function serveHost(url: string, host: string): Promise<void> {
  const fleet = await openFleet({ url, schema }, 'work');
  const queue = await openHostQueue(fleet, host);
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  let misses = 0;
  const run = (disk: string): ImageRun => ({
    disk,
    pid: 0,
    weight: () => 'light',
    isEnding: () => true,
    kill: () => undefined,
    ended: delay(sleepMs * (0.5 + Math.random()), {
      disk,
      verdict: 'converted',
      exitCode: 0,
      problems: [],
      milliseconds: sleepMs,
    }),
  });
  const take = async () => {
    const job = await queue.take();
    if (job !== undefined) misses = 0;
    else if (++misses > 3) stop('SIGTERM');
    return job;
  };
  await runWorker(
    2,
    {
      queue: { ...queue, take },
      start: ({ disk }) => run(disk),
      room: async () => ({ hasRoom: true, availableBytes: 0 }),
      read: (data) => ({
        entry: { disk: (data as { disk: string }).disk, options: {}, tags: [], labels: {}, places: {} },
      }),
      interrupted: async () => [],
    },
    {
      emit: () => undefined,
      onSignal: (listener) => {
        stop = listener;
      },
    },
  );
  await fleet.close();
}

/** Seconds of processor time of a process and of its children that have ended and of those that run (proc_pid_stat(5)). */
async function processorSeconds(postmaster: number): Promise<number> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').catch(() => '');
  const of = async (pid: string, withDead: boolean) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [11, 12, ...(withDead ? [13, 14] : [])].reduce(
      (sum, index) => sum + Number(fields[index] ?? 0),
      0,
    );
  };
  const living = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((pid) => of(pid, false)),
  );
  return ((await of(String(postmaster), true)) + living.reduce((sum, ticks) => sum + ticks, 0)) / 100;
}

async function transactions(cluster: Cluster): Promise<number> {
  const [row] = await cluster.sql(
    'scale',
    "SELECT (xact_commit + xact_rollback)::int AS count FROM pg_stat_database WHERE datname = 'scale'",
  );
  return Number(row?.count);
}

async function mostConnections(cluster: Cluster, isOver: () => boolean): Promise<number> {
  let most = 0;
  while (!isOver()) {
    const [row] = await cluster.sql(
      'postgres',
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = 'scale'",
    );
    most = Math.max(most, Number(row?.count));
    await delay(2000);
  }
  return most;
}

async function fill(url: string, hosts: number, vms: number): Promise<void> {
  const fleet = await openFleet({ url, schema }, 'change');
  const entries = Array.from({ length: vms }, (_, index) => ({
    disk: `/srv/xen/vm${index}.img`,
    options: { address: '18.181.3.4', site: 'xvm', record: 'none' },
    tags: [],
    labels: { host: `dom0-${index % hosts}` },
    places: { '': `fleet.yaml:${index}:5` },
  }));
  const began = performance.now();
  await enqueue(fleet, entries, { limit: 5, delaySeconds: 30 }, () => undefined);
  say(`queued ${vms} jobs for ${hosts} hosts in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await fleet.close();
}

/** How long a host whose turn it was waited for its next job: from the end of one to the begin of the one after. */
const gapQuery = `
  WITH gaps AS (
    SELECT name, extract(epoch FROM started_on - lag(completed_on, 2) OVER (PARTITION BY name ORDER BY started_on)) AS gap
      FROM convert_image.job)
  SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY greatest(gap, 0)) AS gaps
    FROM gaps WHERE gap IS NOT NULL`;

async function measure(hosts: number, vms: number, processes: number): Promise<void> {
  const cluster = await startCluster(['-c max_connections=500']);
  try {
    await cluster.sql('postgres', 'CREATE DATABASE scale');
    const url = cluster.url('scale');
    await fill(url, hosts, vms);
    const [postmaster = ''] = (await readFile(`${cluster.folder}/data/postmaster.pid`, 'utf8')).split('\n');
    const [xactsBefore, cpuBefore] = [
      await transactions(cluster),
      await processorSeconds(Number(postmaster)),
    ];
    const began = performance.now();
    let isOver = false;
    const connections = mostConnections(cluster, () => isOver);
    const ended = Array.from({ length: processes }, (_, index) => {
      const own = Array.from({ length: hosts }, (_, host) => host).filter(
        (host) => host % processes === index,
      );
      const child = fork(process.argv[1] ?? '', ['hosts', url, ...own.map(String)]);
      return new Promise<void>((resolve, reject) =>
        child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`)))),
      );
    });
    await Promise.all(ended);
    isOver = true;
    await show(cluster, { hosts, vms, seconds: (performance.now() - began) / 1000, most: await connections });
    const seconds = (performance.now() - began) / 1000;
    const xacts = (await transactions(cluster)) - xactsBefore;
    const cpu = (await processorSeconds(Number(postmaster))) - cpuBefore;
    say(
      `database: ${(xacts / seconds).toFixed(0)} transactions/s, ${(xacts / vms).toFixed(1)} a job; processor ${cpu.toFixed(1)} s, ${((100 * cpu) / seconds).toFixed(0)} % of one, ${((1000 * cpu) / vms).toFixed(1)} ms a job`,
    );
  } finally {
    await cluster.remove();
  }
}

async function show(
  cluster: Cluster,
  { hosts, vms, seconds, most }: { hosts: number; vms: number; seconds: number; most: number },
): Promise<void> {
  const [count] = await cluster.sql(
    'scale',
    "SELECT count(*)::int AS done FROM convert_image.job WHERE state = 'completed'",
  );
  const [gaps] = await cluster.sql('scale', gapQuery);
  const [size] = await cluster.sql(
    'scale',
    "SELECT pg_size_pretty(sum(pg_total_relation_size(oid))) AS size FROM pg_class WHERE relnamespace = 'convert_image'::regnamespace AND relkind = 'r'",
  );
  const ideal = (Math.ceil(vms / hosts) / 2) * (sleepMs / 1000);
  say(
    `${count?.done} of ${vms} jobs done in ${seconds.toFixed(0)} s (the sleeps alone: ${ideal.toFixed(0)} s), ${(vms / seconds).toFixed(0)} jobs/s`,
  );
  const [half = 0, p95 = 0, p99 = 0, longest = 0] = (gaps?.gaps as number[]) ?? [];
  const ms = (value: number) => `${(1000 * value).toFixed(0)} ms`;
  say(
    `from the end of a job to the begin of the next: median ${ms(half)}, 95 % ${ms(p95)}, 99 % ${ms(p99)}, longest ${ms(longest)}`,
  );
  say(`connections at once: ${most} at most; the tables have ${count?.done} rows, ${size?.size}`);
  if (count?.done !== vms) process.exitCode = 1;
}

if (process.argv[2] === 'hosts') {
  const [url = '', ...hosts] = process.argv.slice(3);
  await Promise.all(hosts.map((host) => serveHost(url, `dom0-${host}`)));
} else await measure(Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 20_000), 2);
