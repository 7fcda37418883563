import { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { databaseError, type Query, rowsOf } from './query.js';

const connectMilliseconds = 10_000;
/** More than the server's own limits: for a server or a network that doesn't say anything any more. */
const answerMilliseconds = 25_000;

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
  // Loaded by who needs it: a conversion without a database starts faster.
  const { default: pg } = await import('pg');
  // As psql does it; `pg` by itself takes $USER, which a cron job doesn't have.
  pg.defaults.user = userInfo().username;
  const client = new pg.Client({
    connectionString: withLibpqModes(url),
    stream: () => socket,
    connectionTimeoutMillis: connectMilliseconds,
    query_timeout: answerMilliseconds,
    application_name: 'convert-image',
    keepAlive: true,
  });
  // Without a listener a lost connection would end the process; the query that waits is told anyway.
  client.on('error', () => undefined);
  if (client.password == null) Object.assign(client, { password: await passwordInFile(client) });
  await client.connect();
  return client;
}

/** What ~/.pgpass says. `pg` would read it, too, and warn on standard error that it won't do so for ever. */
async function passwordInFile(client: Client): Promise<string | null> {
  const { default: pgpass } = await import('pgpass');
  return new Promise((resolve) => pgpass(client, (password) => resolve(password ?? null)));
}

/** Without this `pg` takes every `sslmode` for `verify-full`, and warns about that on standard error. */
const withLibpqModes = (url: string): string =>
  /[?&]sslmode=/.test(url) ? `${url}&uselibpqcompat=true` : url;
