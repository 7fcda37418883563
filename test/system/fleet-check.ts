/** What must be so at the end of a campaign. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { conversionsOf } from './crash-guest.js';
import { lookUntil, processesOf } from './live-processes.js';
import type { Cluster } from './postgres-cluster.js';
import { convertImage } from './program.js';

/** A host of the fleet: its folder has its images and its state directory. */
export interface FleetHost {
  readonly name: string;
  readonly folder: string;
  readonly disks: readonly string[];
}

/** The machine whose disk an image is: both are called the same. */
export const machineOf = (disk: string): string => disk.slice(disk.lastIndexOf('/') + 1, -'.img'.length);

interface Ended {
  readonly folder: string;
  readonly database: string;
  readonly cluster: Cluster;
  readonly hosts: readonly FleetHost[];
}

/** Every VM converted exactly once, disk and record PV, every job done, nothing left behind; what isn't so, in words. */
export async function faultsOf({ folder, database, cluster, hosts }: Ended): Promise<string[]> {
  const left = await lookUntil(
    () => processesOf(`${folder}/`),
    (found) => found.length === 0,
    30_000,
  );
  const disks = hosts.flatMap((host) => host.disks);
  return [
    ...left.map((line) => `a process is left: ${line}`),
    ...(await Promise.all(hosts.map(journalFaults))).flat(),
    ...(await diskFaults(hosts)),
    ...(await recordFaults(cluster, database, disks)),
    ...(await jobFaults(cluster, database, disks)),
    ...(await oddFiles(folder)).map((path) => `left behind: ${path}`),
  ];
}

/** One journal a disk, with one commit in it, that came to its end. */
async function journalFaults({ folder, disks }: FleetHost): Promise<string[]> {
  const found = await conversionsOf({ folder });
  const commits = new Map<string, number>();
  for (const { folder: place } of found) {
    const lines = (await readFile(join(place, 'journal'), 'utf8')).trim().split('\n');
    const begun = JSON.parse(lines[0] ?? '') as { image: { path: string } };
    const count = lines.filter(
      (line) => (JSON.parse(line) as { state: string }).state === 'committing',
    ).length;
    commits.set(begun.image.path, (commits.get(begun.image.path) ?? 0) + count);
  }
  return [
    ...found.flatMap(({ folder: place, state }) => (state === 'done' ? [] : [`${place} is ${state}`])),
    ...disks.flatMap((disk) =>
      commits.get(disk) === 1 ? [] : [`${disk}: ${commits.get(disk) ?? 0} commits`],
    ),
  ];
}

/** Sound and converted by its files; and every tenth as the program itself sees it. */
async function diskFaults(hosts: readonly FleetHost[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { folder, disks } of hosts)
    for (const [index, disk] of disks.entries()) {
      faults.push(...(await fileFaults(disk)));
      const run = index % 10 === 0 ? await convertImage(folder, ['verify', disk]) : { exitCode: 0 };
      if (run.exitCode !== 0) faults.push(`${disk} is not ready: ${JSON.stringify(run)}`);
    }
  return faults;
}

async function fileFaults(disk: string): Promise<string[]> {
  const check = await execa({ reject: false })`e2fsck -fn ${disk}`;
  const { stdout: menu } = await execa`debugfs -R ${'cat /boot/grub/grub.cfg'} ${disk}`;
  const isPv = menu.includes('console=hvc0') && !menu.includes('ttyS0');
  return [
    ...(check.exitCode === 0 ? [] : [`${disk}: e2fsck says ${check.stdout}`]),
    ...(isPv ? [] : [`${disk} is not PV: ${menu}`]),
  ];
}

async function recordFaults(cluster: Cluster, database: string, disks: readonly string[]): Promise<string[]> {
  const rows = await cluster.sql(
    database,
    "SELECT name FROM machines WHERE name LIKE 'vm%' AND type_id = 'linux'",
  );
  const flipped = new Set(rows.map(({ name }) => name));
  return disks.flatMap((disk) => (flipped.has(machineOf(disk)) ? [] : [`the record of ${disk} is not PV`]));
}

async function jobFaults(cluster: Cluster, database: string, disks: readonly string[]): Promise<string[]> {
  const rows = await cluster.sql(
    database,
    'SELECT name, singleton_key AS disk, state::text AS state FROM convert_image.job',
  );
  const odd = rows.filter(({ state }) => state !== 'completed');
  const done = rows.map(({ disk }) => disk).sort();
  return [
    ...odd.map((row) => `a job is not done: ${JSON.stringify(row)}`),
    ...(JSON.stringify(done) === JSON.stringify([...disks].sort()) ? [] : ['not one job a disk']),
  ];
}

/** Everything below a folder that a conversion may leave when it is killed. */
async function oddFiles(folder: string): Promise<string[]> {
  const { stdout } = await execa`find ${folder} ( -name .convert-image-* -o -name *.new -o -path */work/* )`;
  return stdout.split('\n').filter(Boolean);
}
