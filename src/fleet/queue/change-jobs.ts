import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Execute } from '../../database/pool.js';
import { jobDataSchema } from '../job.js';
import { insertOf } from './add-jobs.js';
import { deadLetters, hostOf, queueOf } from './boss.js';
import { type JobState, stateWord } from './look.js';
import { type Fleet, whileLocked } from './open-fleet.js';

/** Which jobs: those of these disks, of this host, or both; all of them where neither is named. */
export interface Choice {
  readonly disks: readonly string[];
  readonly host?: string | undefined;
}

/** What became of one job. `isChanged` is false for one that was left as it is, with its state. */
export interface Changed {
  readonly host: string;
  readonly disk: string;
  readonly state: JobState;
  readonly isChanged: boolean;
}

const waitingRow = z.object({ id: z.string(), name: z.string(), disk: z.string(), state: z.string() });

/** Cancels what waits or is to be tried again. What is at work goes on, and is told of. */
export async function cancelJobs(fleet: Fleet, { disks, host }: Choice): Promise<Changed[]> {
  return whileLocked(fleet, async (execute, boss) => {
    const { rows } = await execute(
      `SELECT id, name, singleton_key AS disk, state::text AS state FROM ${fleet.schema}.job
        WHERE name LIKE 'host.%' AND state < 'completed' AND singleton_key IS NOT NULL
          AND ($1::text IS NULL OR name = $1) AND (cardinality($2::text[]) = 0 OR singleton_key = ANY($2))
        ORDER BY name, singleton_key FOR UPDATE`,
      [host === undefined ? null : queueOf(host), [...disks]],
    );
    const found = z.array(waitingRow).parse(rows);
    const stopped = found.filter(({ state }) => state !== 'active');
    for (const name of new Set(stopped.map((job) => job.name)))
      await boss.cancel(
        name,
        stopped.flatMap((job) => (job.name === name ? [job.id] : [])),
      );
    return found.map(({ name, disk, state }) => ({
      host: hostOf(name),
      disk,
      state: state === 'active' ? ('running' as const) : ('cancelled' as const),
      isChanged: state !== 'active',
    }));
  });
}

const letterRow = z.object({ ids: z.array(z.string()), data: jobDataSchema });

/**
 * Moves dead letters back to the queues of their hosts, with all of their retries. A disk that stands there already isn't
 * queued twice; its letter goes all the same. One that can't be read stays.
 */
export async function retryJobs(fleet: Fleet, choice: Choice): Promise<Changed[]> {
  return whileLocked(fleet, async (execute, boss) => {
    const changed: Changed[] = [];
    for (const { ids, data } of await lettersOf(execute, fleet.schema, choice)) {
      const { host, disk } = data;
      const present = await presentState(execute, fleet.schema, host, disk);
      if (present === undefined) await boss.insert([insertOf(randomUUID(), data)]);
      await boss.deleteJob(deadLetters, ids);
      const state = present === undefined ? 'waiting' : stateWord(present);
      changed.push({ host, disk, state, isChanged: present === undefined });
    }
    return changed;
  });
}

/** The newest letter of each disk, with the ids of all of them. */
async function lettersOf(execute: Execute, schema: string, { disks, host }: Choice) {
  const { rows } = await execute(
    `SELECT array_agg(id ORDER BY created_on DESC) AS ids, (array_agg(data ORDER BY created_on DESC))[1] AS data
       FROM ${schema}.job
      WHERE name = $1 AND state = 'created' AND ($2::text IS NULL OR data->>'host' = $2)
        AND (cardinality($3::text[]) = 0 OR data->>'disk' = ANY($3))
      GROUP BY data->>'host', data->>'disk' ORDER BY data->>'host', data->>'disk'`,
    [deadLetters, host ?? null, [...disks]],
  );
  return rows.flatMap((row) => letterRow.safeParse(row).data ?? []);
}

const stateRow = z.array(z.object({ state: z.string() }));

async function presentState(execute: Execute, schema: string, host: string, disk: string) {
  const { rows } = await execute(
    `SELECT state::text AS state FROM ${schema}.job
      WHERE name = $1 AND singleton_key = $2 AND state < 'completed'`,
    [queueOf(host), disk],
  );
  return stateRow.parse(rows)[0]?.state;
}
