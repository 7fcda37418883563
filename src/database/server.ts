import { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { databaseError, type Query, rowsOf } from './query.js';
import { serverOptions } from './server-options.js';

/**
 * Connects to a PostgreSQL server while `use` runs. Passwords come from PGPASSWORD or ~/.pgpass, TLS from `sslmode` and
 * its like in the URL, with libpq's meaning. Throws a `DatabaseError`; ends the connection in every case.
 */
export async function withServer<T>(url: string, use: (query: Query) => Promise<T>): Promise<T> {
  const socket = new Socket();
  const client = await connect(url, socket).catch((error: unknown) => {
    socket.destroy();
    throw databaseError(error);
  });
  try {
    return await use(async (statement, values = []) => {
      try {
        return rowsOf((await client.query(statement, [...values])).rows);
      } catch (error) {
        throw databaseError(error);
      }
    });
  } finally {
    // A server that has stopped would not even say goodbye.
    await Promise.race([client.end().catch(() => undefined), setTimeout(1000, undefined, { ref: false })]);
    socket.destroy();
  }
}

async function connect(url: string, socket: Socket): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...(await serverOptions(url)), stream: () => socket });
  // Without a listener a lost connection would end the process; the query that waits is told anyway.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
