import { withEmbedded } from './embedded.js';
import type { Query } from './query.js';
import { withServer } from './server.js';

/** Where a PostgreSQL database is: on a server, or in a folder of its own without any server. */
export type Database =
  /** As `pg` takes it, without a password. */
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'embedded'; readonly directory: string };

/** Milliseconds after which the server itself gives up: a statement, waiting for a lock, a client that says nothing. */
const limits = {
  lock_timeout: 5_000,
  statement_timeout: 15_000,
  idle_in_transaction_session_timeout: 60_000,
} as const;

/**
 * Runs `work` as one transaction on a connection of its own and commits it, unless `work` throws: then nothing of it
 * remains, and what it threw is thrown. Everything has a time limit. Throws a `DatabaseError` for what the database or
 * the way to it does; one of kind `lost` also where the answer to the commit is missing, so that it may be done.
 */
export async function inTransaction<T>(
  database: Database,
  mode: 'read only' | 'read write',
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const connect = <R>(use: (query: Query) => Promise<R>): Promise<R> =>
    database.kind === 'server' ? withServer(database.url, use) : withEmbedded(database.directory, use);
  return connect(async (query) => {
    // A server may have another level as its default. Closing the connection rolls back.
    await query(`BEGIN ISOLATION LEVEL READ COMMITTED ${mode.toUpperCase()}`);
    for (const [name, milliseconds] of Object.entries(limits))
      await query(`SET LOCAL ${name} = ${milliseconds}`);
    const result = await work(query);
    await query('COMMIT');
    return result;
  });
}
