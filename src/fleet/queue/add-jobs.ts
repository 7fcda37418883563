import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Execute } from '../../database/pool.js';
import type { JobData } from '../job.js';
import { deadLetters, hostOf, queueOf } from './boss.js';
import { type Fleet, requireQueues, whileLocked } from './open-fleet.js';

/** A job that was added, or one for the same disk that stood there already. */
export type Added =
  | { readonly kind: 'added'; readonly host: string; readonly disk: string; readonly job: string }
  | { readonly kind: 'present'; readonly host: string; readonly disk: string; readonly state: string };

const presentRows = z.array(z.object({ name: z.string(), disk: z.string(), state: z.string() }));

/**
 * Puts jobs into the queues of their hosts, all of them or none. A disk that waits, is at work or is to be tried again is
 * left as it is. A dead letter of a disk that is queued anew is dropped: it is answered.
 */
export async function addJobs(fleet: Fleet, jobs: readonly JobData[]): Promise<Added[]> {
  const hosts = [...new Set(jobs.map(({ host }) => host))];
  await requireQueues(fleet, hosts);
  return whileLocked(fleet, async (execute, boss) => {
    const present = await presentJobs(execute, fleet.schema, hosts);
    const added = jobs.map((data, index): Added & { readonly data?: JobData } => {
      const { host, disk } = data;
      const state = present.get(keyOf(host, disk));
      if (state !== undefined) return { kind: 'present', host, disk, state };
      return { kind: 'added', host, disk, job: idOf(index), data };
    });
    const inserts = added.flatMap((one) =>
      one.kind === 'added' && one.data !== undefined ? [insertOf(one.job, one.data)] : [],
    );
    for (let begin = 0; begin < inserts.length; begin += 1000)
      await boss.insert(inserts.slice(begin, begin + 1000));
    await dropLetters(
      execute,
      fleet.schema,
      inserts.map(({ data }) => data),
    );
    return added.map(({ data: _, ...one }) => one as Added);
  });
}

/** Jobs that were added together are taken by their ids: in the list's order. As a UUID of version 7 begins (RFC 9562). */
function idOf(index: number): string {
  const digits = (Date.now() + index).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7${randomUUID().slice(15)}`;
}

const keyOf = (host: string, disk: string): string => JSON.stringify([host, disk]);

/** A job as pg-boss takes it. */
export const insertOf = (id: string, data: JobData) => ({
  id,
  name: queueOf(data.host),
  data,
  singletonKey: data.disk,
  retryLimit: data.retries.limit,
  retryDelay: data.retries.delaySeconds,
  retryBackoff: true,
});

async function presentJobs(
  execute: Execute,
  schema: string,
  hosts: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await execute(
    `SELECT name, singleton_key AS disk, state::text AS state FROM ${schema}.job
      WHERE name = ANY($1) AND state < 'completed' AND singleton_key IS NOT NULL`,
    [hosts.map(queueOf)],
  );
  return new Map(presentRows.parse(rows).map(({ name, disk, state }) => [keyOf(hostOf(name), disk), state]));
}

async function dropLetters(execute: Execute, schema: string, jobs: readonly JobData[]): Promise<void> {
  const keys = jobs.map(({ host, disk }) => ({ host, disk }));
  await execute(
    `DELETE FROM ${schema}.job USING json_to_recordset($2::json) AS queued(host text, disk text)
      WHERE name = $1 AND data->>'host' = queued.host AND data->>'disk' = queued.disk`,
    [deadLetters, JSON.stringify(keys)],
  );
}
