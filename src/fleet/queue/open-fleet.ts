import type PgBoss from 'pg-boss';
import { type DatabasePool, type Execute, openPool } from '../../database/pool.js';
import { ToolError } from '../../errors.js';
import { bossOn, makeQueues, queueOf } from './boss.js';

/** Where the fleet's queue is. */
export interface FleetPlace {
  /** Of a PostgreSQL database, without a password. */
  readonly url: string;
  readonly schema: string;
}

/** A fleet's queue that is open. */
export interface Fleet {
  readonly pool: DatabasePool;
  readonly schema: string;
  readonly boss: PgBoss;
  readonly close: () => Promise<void>;
}

/**
 * Opens the fleet's queue. `change` makes its tables where there are none, `work` also does pg-boss's housekeeping from time
 * to time, `look` needs them to be there. Throws a `DatabaseError` where the database can't be asked or says no, and a
 * `ToolError` where it holds no queue.
 */
export async function openFleet(
  { url, schema }: FleetPlace,
  purpose: 'look' | 'change' | 'work',
): Promise<Fleet> {
  const pool = await openPool(url);
  try {
    const boss = await bossOn(pool.execute, schema, {
      migrate: purpose !== 'look',
      supervise: purpose === 'work',
    });
    if (purpose === 'look') await requireQueue(pool.execute, schema);
    await boss.start();
    const close = async () => {
      await boss.stop({ graceful: false });
      await pool.close();
    };
    return { pool, schema, boss, close };
  } catch (error) {
    await pool.close().catch(() => undefined);
    throw error;
  }
}

async function requireQueue(execute: Execute, schema: string): Promise<void> {
  const { rows } = await execute('SELECT to_regclass($1) IS NOT NULL AS found', [`${schema}.version`]);
  if (rows[0]?.found === true) return;
  throw new ToolError(`the database holds no queue of convert-image (schema "${schema}")`, {
    remedy: 'is it the right database? "convert-image enqueue" makes the queue',
  });
}

/**
 * Runs `work` in one transaction, alone among those who add jobs to the fleet or make queues; `boss` is bound to it. That is
 * what keeps a disk from standing in a queue twice.
 */
export async function whileLocked<T>(
  { pool, schema }: Fleet,
  work: (execute: Execute, boss: PgBoss) => Promise<T>,
): Promise<T> {
  return pool.transaction(async (execute) => {
    await execute('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`convert-image ${schema}`]);
    return work(execute, await bossOn(execute, schema));
  });
}

/** Makes the queues of these hosts, and that of the dead letters, where they are missing. */
export async function requireQueues(fleet: Fleet, hosts: readonly string[]): Promise<void> {
  const names = hosts.map(queueOf);
  const { rows } = await fleet.pool.execute(
    `SELECT count(*)::int AS count FROM ${fleet.schema}.queue WHERE name = ANY($1)`,
    [names],
  );
  if (rows[0]?.count !== names.length) await whileLocked(fleet, (_, boss) => makeQueues(boss, hosts));
}
