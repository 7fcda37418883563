import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import pg from 'pg';

/** A PostgreSQL cluster of the test's own, on a Unix socket in its folder and on a loopback port. Its superuser is `postgres`. */
export interface Cluster {
  readonly folder: string;
  /** The Unix socket. */
  readonly socket: string;
  /** On 127.0.0.1, with TLS for who asks for it, by the certificate of `localhost` in `tls.crt`. */
  readonly port: number;
  /** Makes a database from the sample of Invirt's tables. */
  readonly createDatabase: (name: string) => Promise<void>;
  readonly url: (database: string, user?: string) => string;
  readonly sql: (database: string, statement: string) => Promise<Record<string, unknown>[]>;
  /** The server asks this user for a password from now on. */
  readonly requirePasswordOf: (user: string) => Promise<void>;
  readonly start: () => Promise<void>;
  /** As if the host had lost its power. */
  readonly kill: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const asPostgres = execa({ cwd: '/' });

/** Starts a cluster, with more settings for its server; the test removes it. Needs root and Debian's package postgresql. */
export async function startCluster(settings: readonly string[] = []): Promise<Cluster> {
  const folder = await mkdtemp('/var/tmp/convert-image-pg-');
  const data = join(folder, 'data');
  await execa`chown postgres ${folder}`;
  const bin = await newestBin();
  const run = (...command: readonly string[]) => asPostgres('runuser', ['-u', 'postgres', '--', ...command]);
  await run(`${bin}/initdb`, '-D', data, '-A', 'trust', '-N', '--locale=C.UTF-8', '-E', 'UTF8');
  await makeCertificate(folder);
  const port = await freePort();
  const url = (database: string, user = 'postgres') =>
    `postgres://${user}@/${database}?host=${encodeURIComponent(folder)}&port=${port}`;
  const sql = (database: string, statement: string) => runSql(url(database), statement);
  const start = async () => {
    const tls = `-c ssl=on -c ssl_cert_file=${folder}/tls.crt -c ssl_key_file=${folder}/tls.key`;
    const options = `-k ${folder} -p ${port} -c listen_addresses=127.0.0.1 ${tls} -c fsync=off -c max_connections=30 ${settings.join(' ')}`;
    await run(`${bin}/pg_ctl`, '-D', data, '-w', '-s', '-l', join(folder, 'log'), '-o', options, 'start');
  };
  const requirePasswordOf = async (user: string) => {
    await writeFile(
      join(data, 'pg_hba.conf'),
      `local all ${user} scram-sha-256\nlocal all all trust\nhost all all 127.0.0.1/32 trust\n`,
    );
    await sql('postgres', 'SELECT pg_reload_conf()');
    await setTimeout(300);
  };
  const kill = async () => {
    const [first = ''] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    const children = await childrenOf(Number(first));
    process.kill(Number(first), 'SIGKILL');
    // They notice it by themselves; a new postmaster refuses to start as long as one of them has the shared memory.
    for (const child of children) await gone(child);
  };
  const remove = async () => {
    await run(`${bin}/pg_ctl`, '-D', data, '-w', '-s', '-m', 'immediate', 'stop');
    await rm(folder, { recursive: true });
  };
  await start();
  await sql('postgres', 'CREATE DATABASE sample');
  await sql('sample', await sampleTables());
  const createDatabase = async (name: string) => {
    await sql('postgres', `CREATE DATABASE "${name}" TEMPLATE sample`);
  };
  const socket = join(folder, `.s.PGSQL.${port}`);
  return { folder, socket, port, createDatabase, url, sql, requirePasswordOf, start, kill, remove };
}

/** Invirt's tables as SQL, with machines in them. */
export const sampleTables = (): Promise<string> => readFile('test/system/invirt.sql', 'utf8');

async function makeCertificate(folder: string): Promise<void> {
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await execa('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...name, ...files]);
  await execa`chown postgres ${folder}/tls.key`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const { stdout } = await execa({ reject: false })`pgrep -P ${parent}`;
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await setTimeout(20);
}

async function newestBin(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql');
  return `/usr/lib/postgresql/${versions.sort((one, other) => Number(one) - Number(other)).at(-1)}/bin`;
}

async function runSql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // The test kills the server on purpose.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows ?? [];
  } finally {
    await client.end();
  }
}
