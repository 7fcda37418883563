import type PgBoss from 'pg-boss';
import { z } from 'zod';
import type { Execute } from '../../database/pool.js';
import { DatabaseError } from '../../errors.js';
import type { JobOutput } from '../job-output.js';
import { bossOn, queueOf } from './boss.js';
import { type Fleet, requireQueues } from './open-fleet.js';

/** A job that a worker has taken. */
export interface TakenJob {
  readonly id: string;
  /** As it stands in the database: not looked at yet. */
  readonly data: unknown;
  /** How often it has been taken before. */
  readonly retries: number;
  readonly retryLimit: number;
}

/** What became of a result. `completed-by-flip`: the record's transaction had done it. `lost`: the job isn't ours any more. */
export type Delivered = 'completed' | 'completed-by-flip' | 'retry' | 'dead-letter' | 'given-back' | 'lost';

/** A host's queue, as its worker sees it. Everything throws a `DatabaseError`. */
export interface HostQueue {
  /** The next job that may begin; undefined where there is none. */
  readonly take: () => Promise<TakenJob | undefined>;
  readonly complete: (id: string, output: JobOutput) => Promise<Delivered>;
  /** `again`: while it has retries; otherwise it goes to the dead letters at once. */
  readonly fail: (id: string, output: JobOutput, again: boolean) => Promise<Delivered>;
  /** It waits as before, and no retry is spent. */
  readonly giveBack: (id: string) => Promise<Delivered>;
  /** Gives back what is at work and not among these: the answer that would have told of it was lost. */
  readonly giveBackStrays: (ids: readonly string[]) => Promise<readonly string[]>;
  /** Fails every job that is at work: their worker has died. Says which they were. */
  readonly failAbandoned: (output: JobOutput) => Promise<TakenJob[]>;
  /** The disks that wait, with their jobs. */
  readonly waiting: () => Promise<{ readonly id: string; readonly disk: string }[]>;
  /** These are taken next, and at once. */
  readonly putFirst: (ids: readonly string[]) => Promise<void>;
  /** How many jobs there are in each state. */
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
}

const taken = z.object({ id: z.string(), data: z.unknown(), retryCount: z.number(), retryLimit: z.number() });
const states = z.array(z.object({ state: z.string() }));

/** The queue of this host, which is made where it is missing. */
export async function openHostQueue(fleet: Fleet, host: string): Promise<HostQueue> {
  await requireQueues(fleet, [host]);
  const { pool, schema, boss } = fleet;
  const name = queueOf(host);
  const inTransaction = <T>(work: (execute: Execute, own: PgBoss) => Promise<T>): Promise<T> =>
    pool.transaction(async (execute) => work(execute, await bossOn(execute, schema)));
  return {
    take: () => take(boss, pool.execute, name),
    complete: (id, output) =>
      inTransaction(async (execute, own) => {
        if ((await affected(own.complete(name, id, output))) === 1) return 'completed';
        return (await addOutput(execute, schema, name, id, output)) ? 'completed-by-flip' : 'lost';
      }),
    fail: (id, output, again) =>
      inTransaction(async (execute, own) => {
        const state = await stateOf(execute, schema, name, id);
        if (state === 'completed') return 'completed-by-flip';
        if (state !== 'active') return 'lost';
        if (!again)
          await execute(`UPDATE ${schema}.job SET retry_limit = retry_count WHERE name = $1 AND id = $2`, [
            name,
            id,
          ]);
        await own.fail(name, id, output);
        return (await stateOf(execute, schema, name, id)) === 'retry' ? 'retry' : 'dead-letter';
      }),
    giveBack: async (id) => {
      const given = await giveBack(pool.execute, schema, 'id = ANY($2::uuid[])', [name, [id]]);
      return given.length === 1 ? 'given-back' : 'lost';
    },
    giveBackStrays: (ids) => giveBack(pool.execute, schema, 'NOT id = ANY($2::uuid[])', [name, [...ids]]),
    failAbandoned: (output) =>
      inTransaction(async (execute, own) => {
        const { rows } = await execute(
          `SELECT id, data, retry_count AS "retryCount", retry_limit AS "retryLimit" FROM ${schema}.job
            WHERE name = $1 AND state = 'active' FOR UPDATE`,
          [name],
        );
        const found = rows.map(takenOf);
        for (const { id } of found) await own.fail(name, id, output);
        return found;
      }),
    waiting: async () => {
      const { rows } = await pool.execute(
        `SELECT id, singleton_key AS disk FROM ${schema}.job WHERE name = $1 AND state < 'active'`,
        [name],
      );
      return z.array(z.object({ id: z.string(), disk: z.string() })).parse(rows);
    },
    putFirst: async (ids) => {
      await pool.execute(
        `UPDATE ${schema}.job SET start_after = now(), priority = 1 WHERE name = $1 AND id = ANY($2::uuid[]) AND state < 'active'`,
        [name, [...ids]],
      );
    },
    counts: () => countsOf(pool.execute, schema, name),
  };
}

const takenOf = (row: unknown): TakenJob => {
  const { id, data, retryCount, retryLimit } = taken.parse(row);
  return { id, data, retries: retryCount, retryLimit };
};

/** pg-boss takes every error of a fetch for another worker's success: the connection's are noticed here. */
async function take(boss: PgBoss, execute: Execute, name: string): Promise<TakenJob | undefined> {
  let failure: unknown;
  const executeSql = async (text: string, values: unknown[]) => {
    try {
      return await execute(text, values);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const [job] = await boss.fetch(name, { includeMetadata: true, db: { executeSql } });
  const isUniqueness = failure instanceof DatabaseError && /duplicate key/.test(failure.message);
  if (failure !== undefined && !isUniqueness) throw failure;
  return job === undefined ? undefined : takenOf(job);
}

/** The declarations say that these give nothing. */
async function affected(response: Promise<unknown>): Promise<number> {
  return z.object({ affected: z.number() }).parse(await response).affected;
}

async function stateOf(
  execute: Execute,
  schema: string,
  name: string,
  id: string,
): Promise<string | undefined> {
  const { rows } = await execute(
    `SELECT state::text AS state FROM ${schema}.job WHERE name = $1 AND id = $2 FOR UPDATE`,
    [name, id],
  );
  return states.parse(rows)[0]?.state;
}

async function addOutput(
  execute: Execute,
  schema: string,
  name: string,
  id: string,
  output: JobOutput,
): Promise<boolean> {
  const { rows } = await execute(
    `UPDATE ${schema}.job SET output = $3::jsonb WHERE name = $1 AND id = $2 AND state = 'completed' RETURNING 1`,
    [name, id, JSON.stringify(output)],
  );
  return rows.length === 1;
}

/** pg-boss counts a retry when it hands out a job that was begun before: that is taken back, too. Gives the jobs' ids. */
async function giveBack(
  execute: Execute,
  schema: string,
  which: string,
  values: [string, string[]],
): Promise<readonly string[]> {
  const { rows } = await execute(
    `UPDATE ${schema}.job SET retry_count = greatest(retry_count - 1, 0), start_after = now(),
        started_on = CASE WHEN retry_count = 0 THEN NULL ELSE started_on END,
        state = (CASE WHEN retry_count = 0 THEN 'created' ELSE 'retry' END)::${schema}.job_state
      WHERE name = $1 AND ${which} AND state = 'active' RETURNING id`,
    values,
  );
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
}

async function countsOf(execute: Execute, schema: string, name: string): Promise<Record<string, number>> {
  const { rows } = await execute(
    `SELECT state::text AS state, count(*)::int AS count FROM ${schema}.job WHERE name = $1 GROUP BY 1`,
    [name],
  );
  const counts = z.array(z.object({ state: z.string(), count: z.number() })).parse(rows);
  return Object.fromEntries(counts.map(({ state, count }) => [state, count]));
}
