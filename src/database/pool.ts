import type { PoolClient } from 'pg';
import { databaseError } from './query.js';
import { serverOptions } from './server-options.js';

/** Runs one statement, or several without values. Values and columns as `pg` has them. Throws a `DatabaseError`. */
export type Execute = (
  statement: string,
  values?: unknown[],
) => Promise<{ readonly rows: Record<string, unknown>[] }>;

/** Statements on a server by connections that come and go: whoever polls for days needs none in between. */
export interface DatabasePool {
  readonly execute: Execute;
  /** Commits what `work` did, unless it throws: then nothing of it remains. */
  readonly transaction: <T>(work: (execute: Execute) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** At most so many at once. A fleet has hundreds of workers, and a server has a hundred connections by default. */
const mostConnections = 2;

/** Milliseconds for which a connection is kept that nobody uses: less than a worker without work waits. */
const idleMilliseconds = 2_000;

/** Milliseconds after which the server itself gives up. */
const limits = {
  lock_timeout: 10_000,
  statement_timeout: 20_000,
  idle_in_transaction_session_timeout: 30_000,
};

/** Prepares the pool; nothing is connected before the first statement. */
export async function openPool(url: string): Promise<DatabasePool> {
  const { default: pg } = await import('pg');
  const options = { ...(await serverOptions(url)), ...limits };
  const pool = new pg.Pool({ ...options, max: mostConnections, idleTimeoutMillis: idleMilliseconds });
  // A connection that is lost while nobody uses it is replaced by the next one.
  pool.on('error', () => undefined);
  const execute: Execute = (statement, values) => orDatabaseError(() => pool.query(statement, values));
  return {
    execute,
    transaction: async (work) => {
      const client = await orDatabaseError(() => pool.connect());
      return inTransaction(client, work);
    },
    close: () => pool.end(),
  };
}

async function inTransaction<T>(client: PoolClient, work: (execute: Execute) => Promise<T>): Promise<T> {
  // While it is checked out, a connection that breaks tells the client, and the next statement fails.
  const ignore = () => undefined;
  client.on('error', ignore);
  let isBroken = true;
  try {
    const execute: Execute = (statement, values) => orDatabaseError(() => client.query(statement, values));
    await execute('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work(execute);
    await execute('COMMIT');
    isBroken = false;
    return result;
  } finally {
    client.off('error', ignore);
    // Closing the connection rolls back.
    client.release(isBroken);
  }
}

async function orDatabaseError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(error);
  }
}
