/** Workers and their PostgreSQL are killed while they convert a fleet, until everything is done; then everything is looked at. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tinyGuests } from './batch-guests.js';
import { randomNumbers } from './crash-campaign.js';
import { conversionsOf } from './crash-guest.js';
import { type FleetHost, faultsOf, machineOf } from './fleet-check.js';
import { countOf, fleetList, type LogLine, onFleet, type RunningWorker, startWorker } from './fleet-run.js';
import type { Cluster } from './postgres-cluster.js';

/** What a campaign has done, and what was wrong at its end. */
export interface Campaign {
  readonly seconds: number;
  readonly workerKills: number;
  readonly databaseKills: number;
  /** Of all workers: how often each thing was said. */
  readonly said: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const hostCount = 4;

interface Ground {
  readonly folder: string;
  readonly url: string;
  readonly database: string;
  readonly cluster: Cluster;
  readonly hosts: readonly FleetHost[];
  /** Everything that any worker has said. */
  readonly lines: LogLine[];
  readonly workers: Map<string, RunningWorker>;
}

/** Converts so many guests while workers and database are killed; `limitMs` is what it may take at most. */
export async function runCampaign(
  base: string,
  folder: string,
  cluster: Cluster,
  { guests, seed, limitMs }: { readonly guests: number; readonly seed: number; readonly limitMs: number },
): Promise<Campaign> {
  const ground = await prepare(base, folder, cluster, guests);
  const began = performance.now();
  for (const host of ground.hosts) start(ground, host);
  const kills = await killUntilDone(ground, randomNumbers(seed), guests, began + limitMs);
  await untilSettled(ground, began + limitMs);
  for (const worker of ground.workers.values()) worker.kill('SIGTERM');
  for (const worker of ground.workers.values()) await worker.ended;
  keepLines(ground);
  const seconds = Math.round((performance.now() - began) / 1000);
  return { seconds, ...kills, said: figures(ground.lines), faults: await faultsOf(ground) };
}

async function prepare(base: string, folder: string, cluster: Cluster, guests: number): Promise<Ground> {
  const database = `campaign${Date.now()}`;
  await cluster.createDatabase(database);
  const url = cluster.url(database);
  const names = Array.from({ length: guests }, (_, index) => `vm${index + 1}`);
  const rows = names.map((name) => `('${name}', 'linux-hvm')`);
  await cluster.sql(database, `INSERT INTO machines (name, type_id) VALUES ${rows.join(', ')}`);
  const hosts: FleetHost[] = [];
  for (let index = 0; index < hostCount; index += 1) {
    const place = join(folder, `host${index + 1}`);
    await mkdir(place, { recursive: true });
    const own = names.filter((_, guest) => guest % hostCount === index);
    hosts.push({ name: `campaign-${index + 1}`, folder: place, disks: await tinyGuests(base, place, own) });
  }
  const images = hosts.flatMap(({ name, disks }) =>
    disks.map((disk) => ({ disk, host: name, keys: `record: "invirt:${url}#${machineOf(disk)}"` })),
  );
  const list = await fleetList(folder, images, 'keep-dhcp: false');
  const run = await onFleet(folder, url, ['enqueue', list, '--retries', '100', '--retry-delay', '1']);
  if (run.exitCode !== 0) throw new Error(run.stdout + run.stderr);
  return { folder, url, database, cluster, hosts, lines: [], workers: new Map() };
}

/** A network of its own has nothing in it: the database is reached by its Unix socket. */
function start({ url, workers }: Ground, { name, folder }: FleetHost): void {
  workers.set(
    name,
    startWorker(folder, url, { host: name, args: ['--jobs', '2'], prefix: ['unshare', '-n'] }),
  );
}

async function killUntilDone(ground: Ground, random: () => number, guests: number, endMs: number) {
  let workerKills = 0;
  let databaseKills = 0;
  const most = Math.ceil(guests / 2);
  while (!(await isDone(ground))) {
    if (performance.now() > endMs) throw new Error(`not done in time: ${await statesOf(ground)}`);
    await delay(500 + random() * 3500);
    const what = random();
    if (workerKills + databaseKills >= most) continue;
    if (what < 0.2) {
      await ground.cluster.kill();
      await delay(random() * 3000);
      await ground.cluster.start();
      databaseKills += 1;
    } else {
      await killWorker(ground, Math.floor(random() * hostCount));
      workerKills += 1;
    }
  }
  return { workerKills, databaseKills };
}

async function killWorker(ground: Ground, index: number): Promise<void> {
  const host = ground.hosts[index];
  const worker = host && ground.workers.get(host.name);
  if (host === undefined || worker === undefined) return;
  worker.kill('SIGKILL');
  await worker.ended;
  ground.lines.push(...worker.lines);
  start(ground, host);
}

function keepLines({ workers, lines }: Ground): void {
  for (const worker of workers.values()) lines.push(...worker.lines);
}

const openStates = "state < 'completed' AND name LIKE 'host.%'";

const isDone = async ({ cluster, database }: Ground): Promise<boolean> =>
  (await cluster.sql(database, `SELECT 1 FROM convert_image.job WHERE ${openStates} LIMIT 1`)).length === 0;

async function statesOf({ cluster, database }: Ground): Promise<string> {
  const query = 'SELECT name, state, count(*) FROM convert_image.job GROUP BY 1, 2';
  return JSON.stringify(await cluster.sql(database, query));
}

/** A job may be completed with the record while its run, or the next worker, still has its journal to end. */
async function untilSettled({ hosts }: Ground, endMs: number): Promise<void> {
  const isSettled = async ({ folder }: FleetHost) =>
    (await conversionsOf({ folder })).every(({ state }) => state === 'done');
  for (;;) {
    const settled = await Promise.all(hosts.map(isSettled));
    if (settled.every(Boolean) || performance.now() > endMs) return;
    await delay(300);
  }
}

const events: readonly [string, string, LogLine][] = [
  ['runs', 'job-started', {}],
  ['converted', 'job-finished', { verdict: 'converted' }],
  ['found ready', 'job-finished', { verdict: 'already-pv' }],
  ['completed with the record', 'job-delivered', { as: 'completed-by-flip' }],
  ['tried again', 'job-delivered', { as: 'retry' }],
  ['taken from dead workers', 'job-abandoned', {}],
  ['finished without a job', 'recovery-finished', {}],
  ['database lost', 'database-lost', {}],
];

const figures = (lines: readonly LogLine[]): Record<string, number> =>
  Object.fromEntries(events.map(([title, event, values]) => [title, countOf(lines, event, values)]));
