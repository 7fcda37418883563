/** What stands in the queues: of each disk its newest job counts. */
import { z } from 'zod';
import { type JobOutput, readOutput } from '../job-output.js';
import { hostOf } from './boss.js';
import type { Fleet } from './open-fleet.js';

/** As people see a job. `retrying`: it failed, and is tried again. `dead`: it needs a person. */
export const jobStates = ['waiting', 'running', 'retrying', 'done', 'dead', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

const words: Readonly<Record<string, JobState>> = {
  created: 'waiting',
  active: 'running',
  retry: 'retrying',
  completed: 'done',
  failed: 'dead',
  cancelled: 'cancelled',
};

/** pg-boss's state in the words of people. */
export const stateWord = (state: string): JobState => words[state] ?? 'waiting';

export interface HostCounts {
  readonly host: string;
  readonly counts: Readonly<Record<JobState, number>>;
}

/** A disk's newest job. */
export interface QueuedJob {
  readonly id: string;
  readonly host: string;
  readonly disk: string;
  readonly state: JobState;
  readonly retries: number;
  readonly retryLimit: number;
  /** ISO 8601. Of one that is to be tried again: when. */
  readonly startAfter: string;
  readonly startedOn?: string;
  readonly completedOn?: string;
  /** Of its last run. */
  readonly output?: JobOutput;
}

const newest = (schema: string, columns: string): string =>
  `SELECT DISTINCT ON (name, singleton_key) ${columns} FROM ${schema}.job
    WHERE name LIKE 'host.%' AND ($1::text[] IS NULL OR name = ANY($1)) AND singleton_key IS NOT NULL
    ORDER BY name, singleton_key, created_on DESC, state`;

const noCounts = (): Record<JobState, number> => ({
  waiting: 0,
  running: 0,
  retrying: 0,
  done: 0,
  dead: 0,
  cancelled: 0,
});

/** How many disks there are in each state, by host. `hosts`: only these. */
export async function countJobs({ pool, schema }: Fleet, hosts?: readonly string[]): Promise<HostCounts[]> {
  const { rows } = await pool.execute(
    `SELECT name, state::text AS state, count(*)::int AS count
       FROM (${newest(schema, 'name, state')}) AS disks GROUP BY 1, 2 ORDER BY 1`,
    [namesOf(hosts)],
  );
  const found = new Map<string, Record<JobState, number>>();
  for (const { name, state, count } of z
    .array(z.object({ name: z.string(), state: z.string(), count: z.number() }))
    .parse(rows)) {
    const counts = found.get(name) ?? noCounts();
    counts[stateWord(state)] += count;
    found.set(name, counts);
  }
  return [...found].map(([name, counts]) => ({ host: hostOf(name), counts }));
}

const namesOf = (hosts: readonly string[] | undefined): string[] | null =>
  hosts === undefined ? null : hosts.map((host) => `host.${host}`);

const date = z.date().nullable();
const jobRow = z.object({
  id: z.string(),
  name: z.string(),
  disk: z.string(),
  state: z.string(),
  retries: z.number(),
  limit: z.number(),
  start_after: z.date(),
  started_on: date,
  completed_on: date,
  output: z.unknown(),
});

/**
 * Each disk's newest job, by host and disk, a thousand at a time: a fleet's reports together may take gigabytes. Without
 * `reports` the outputs have none.
 */
export async function* listJobs(
  { pool, schema }: Fleet,
  { hosts, reports }: { readonly hosts?: readonly string[] | undefined; readonly reports: boolean },
): AsyncGenerator<QueuedJob> {
  const output = reports ? 'output' : `output - 'report' AS output`;
  const columns = `id, name, singleton_key AS disk, state::text AS state, retry_count AS retries, retry_limit AS limit, start_after, started_on, completed_on, ${output}`;
  for (let at = { name: '', disk: '' }; ; ) {
    const { rows } = await pool.execute(
      `SELECT * FROM (${newest(schema, columns)}) AS disks
        WHERE (name COLLATE "C", disk COLLATE "C") > ($2, $3) ORDER BY name COLLATE "C", disk COLLATE "C" LIMIT 1000`,
      [namesOf(hosts), at.name, at.disk],
    );
    const page = z.array(jobRow).parse(rows);
    for (const row of page) yield jobOf(row);
    const last = page.at(-1);
    if (last === undefined) return;
    at = last;
  }
}

function jobOf(row: z.infer<typeof jobRow>): QueuedJob {
  const output = readOutput(row.output);
  return {
    id: row.id,
    host: hostOf(row.name),
    disk: row.disk,
    state: stateWord(row.state),
    retries: row.retries,
    retryLimit: row.limit,
    startAfter: row.start_after.toISOString(),
    ...(row.started_on === null ? {} : { startedOn: row.started_on.toISOString() }),
    ...(row.completed_on === null ? {} : { completedOn: row.completed_on.toISOString() }),
    ...(output === undefined ? {} : { output }),
  };
}
