import { userInfo } from 'node:os';
import type { Client, ClientConfig } from 'pg';

const connectMilliseconds = 10_000;
/** More than the server's own limits: for a server or a network that doesn't say anything any more. */
const answerMilliseconds = 25_000;

/**
 * How to connect to the server of a URL. Passwords come from PGPASSWORD or ~/.pgpass (PGPASSFILE), TLS from `sslmode` and
 * its like in the URL, with libpq's meaning.
 */
export async function serverOptions(url: string): Promise<ClientConfig> {
  // Loaded by who needs it: a conversion without a database starts faster.
  const { default: pg } = await import('pg');
  // As psql does it; `pg` by itself takes $USER, which a cron job doesn't have.
  pg.defaults.user = userInfo().username;
  const options = {
    connectionString: withLibpqModes(url),
    connectionTimeoutMillis: connectMilliseconds,
    query_timeout: answerMilliseconds,
    application_name: 'convert-image',
    keepAlive: true,
  };
  const client = new pg.Client(options);
  const password = client.password ?? (await passwordInFile(client));
  return password == null ? options : { ...options, password };
}

/** What ~/.pgpass says. `pg` would read it, too, and warn on standard error that it won't do so for ever. */
async function passwordInFile(client: Client): Promise<string | null> {
  const { default: pgpass } = await import('pgpass');
  return new Promise((resolve) => pgpass(client, (password) => resolve(password ?? null)));
}

/** Without this `pg` takes every `sslmode` for `verify-full`, and warns about that on standard error. */
const withLibpqModes = (url: string): string =>
  /[?&]sslmode=/.test(url) ? `${url}&uselibpqcompat=true` : url;
