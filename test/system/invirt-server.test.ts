/** The Invirt database on a server: who may do what, connections that break, sites that say whether a machine is off. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { RecordError } from '../../src/errors.js';
import { withInvirtSettings } from '../../src/mode-records/invirt-option.js';
import { parseRecordOption } from '../../src/mode-records/list.js';
import type { ModeRecord, RecordPlan } from '../../src/mode-records/mode-record.js';
import { breakableWay } from './cut-connection.js';
import { type Cluster, startCluster } from './postgres-cluster.js';

let cluster: Cluster;
let counter = 0;

test.before(async (t) => {
  t.timeout(120_000);
  cluster = await startCluster();
});

test.after.always(() => cluster?.remove());

async function newDatabase(): Promise<string> {
  counter += 1;
  await cluster.createDatabase(`site${counter}`);
  return `site${counter}`;
}

function recordAt(url: string, settings: object = {}, image = '/srv/web1.img', machine = 'web1'): ModeRecord {
  const option = parseRecordOption(withInvirtSettings(`invirt:${url}#${machine}`, settings));
  if (option.kind !== 'named') throw new Error(JSON.stringify(option));
  return option.open(image);
}

const flipIn = (plan: RecordPlan) => {
  if (plan.kind !== 'flip') throw new Error(JSON.stringify(plan));
  return plan;
};

const problemIn = (plan: RecordPlan) => {
  if (plan.kind !== 'problem') throw new Error(JSON.stringify(plan));
  return plan.problem;
};

const typeIn = async (database: string): Promise<unknown> =>
  (await cluster.sql(database, 'SELECT type_id FROM machines WHERE machine_id = 1'))[0]?.type_id;

test.serial('a user who may only read is refused before anything is written', async (t) => {
  const database = await newDatabase();
  await cluster.sql(
    database,
    'CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; CREATE ROLE nobody LOGIN',
  );
  const reader = recordAt(cluster.url(database, 'reader'));
  t.like(await reader.read(), { kind: 'state', state: { mode: 'hvm' } });
  const problem = problemIn(await reader.plan());
  t.is(problem.code, 'record-not-writable');
  t.regex(problem.message, /the user reader may not update "type_id"/);
  const plan = flipIn(await recordAt(cluster.url(database)).plan());
  await t.throwsAsync(() => reader.flip(plan), { instanceOf: RecordError, message: /permission denied/ });
  t.is(problemIn(await recordAt(cluster.url(database, 'nobody')).plan()).code, 'record-schema');
  await cluster.sql(database, 'GRANT UPDATE (type_id) ON machines TO reader');
  await reader.flip(flipIn(await reader.plan()));
  t.is(await typeIn(database), 'linux');
});

test.serial('a server that is not there, and a database that is not', async (t) => {
  const nowhere = problemIn(await recordAt('postgres://postgres@127.0.0.1:9/x').plan());
  t.is(nowhere.code, 'record-unreachable');
  t.regex(nowhere.message, /ECONNREFUSED/);
  const missing = problemIn(await recordAt(cluster.url('missing')).plan());
  t.regex(missing.message, /database "missing" does not exist/);
});

test.serial(
  'a connection that breaks at any message, before or after the server got it: the flip is done',
  async (t) => {
    t.timeout(120_000);
    const socket = cluster.socket;
    const breakEverywhere = async (database: string, side: 'before' | 'after') => {
      const plan = flipIn(await recordAt(cluster.url(database)).plan());
      for (let message = 1, isCut = true; isCut; message += 1) {
        t.true(message < 30);
        const way = await breakableWay(socket, { message, side, times: 1 });
        await recordAt(`postgres://postgres@127.0.0.1:${way.port}/${database}`).flip(plan);
        t.is(await typeIn(database), 'linux', `${side} message ${message}`);
        isCut = way.cuts() > 0;
        if (!isCut) t.true(message > 8, 'there were that many places to break');
        way.close();
        await recordAt(cluster.url(database)).undo(plan);
      }
      t.is(await typeIn(database), 'linux-hvm');
    };
    const [one, other] = [await newDatabase(), await newDatabase()];
    await Promise.all([breakEverywhere(one, 'before'), breakEverywhere(other, 'after')]);
  },
);

test.serial('a connection that always breaks is an error, and the next run flips', async (t) => {
  t.timeout(60_000);
  const database = await newDatabase();
  const socket = cluster.socket;
  const plan = flipIn(await recordAt(cluster.url(database)).plan());
  const way = await breakableWay(socket, { message: 8, side: 'before', times: Number.POSITIVE_INFINITY });
  const record = recordAt(`postgres://postgres@127.0.0.1:${way.port}/${database}`);
  const error = await t.throwsAsync(() => record.flip(plan), { instanceOf: RecordError });
  t.regex(error?.message ?? '', /couldn't be changed in the Invirt database .*Connection terminated/);
  t.is(way.cuts(), 3);
  way.close();
  t.is(await typeIn(database), 'linux-hvm');
  await recordAt(cluster.url(database)).flip(plan);
  t.is(await typeIn(database), 'linux');
});

/** Holds the machine's row while `work` runs. */
async function whileLocked(database: string, work: () => Promise<void>): Promise<void> {
  const holding = cluster
    .sql(database, 'BEGIN; SELECT 1 FROM machines WHERE machine_id = 1 FOR UPDATE; SELECT pg_sleep(60)')
    .catch(() => undefined);
  try {
    await setTimeout(300);
    await work();
  } finally {
    await cluster
      .sql(
        'postgres',
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()",
      )
      .catch(() => undefined);
    await holding;
  }
}

test.serial('who waits for a lock is told so after a while', async (t) => {
  t.timeout(60_000);
  const database = await newDatabase();
  const record = recordAt(cluster.url(database));
  const plan = flipIn(await record.plan());
  await whileLocked(database, async () => {
    await t.throwsAsync(() => record.flip(plan), { instanceOf: RecordError, message: /lock timeout/ });
  });
  t.is(await typeIn(database), 'linux-hvm');
});

test.serial('pg_terminate_backend in the middle of a flip: it is done all the same', async (t) => {
  t.timeout(60_000);
  const database = await newDatabase();
  const record = recordAt(cluster.url(database));
  const plan = flipIn(await record.plan());
  let flipping = Promise.resolve();
  await whileLocked(database, async () => {
    flipping = record.flip(plan);
    await setTimeout(700);
    const ended = await cluster.sql(
      'postgres',
      "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = 'convert-image'",
    );
    t.deepEqual(ended, [{ ended: true }]);
  });
  await flipping;
  t.is(await typeIn(database), 'linux');
});

test.serial('the server dies in the middle of a flip: an error; the next run flips', async (t) => {
  t.timeout(60_000);
  const database = await newDatabase();
  const record = recordAt(cluster.url(database));
  const plan = flipIn(await record.plan());
  await whileLocked(database, async () => {
    const flipping = t.throwsAsync(() => record.flip(plan), { instanceOf: RecordError });
    await setTimeout(700);
    await cluster.kill();
    await flipping;
  });
  t.is(problemIn(await record.plan()).code, 'record-unreachable');
  await cluster.start();
  t.is(await typeIn(database), 'linux-hvm');
  await record.flip(plan);
  t.is(await typeIn(database), 'linux');
});

test.serial('what happened to the types since the plan stops the flip, and so does a trigger', async (t) => {
  const database = await newDatabase();
  const record = recordAt(cluster.url(database));
  const plan = flipIn(await record.plan());
  const expectError = (message: RegExp) =>
    t.throwsAsync(() => record.flip(plan), { instanceOf: RecordError, message });
  await cluster.sql(database, "UPDATE types SET hvm = true WHERE type_id = 'linux'");
  await expectError(/linux is no PV type any more/);
  await cluster.sql(
    database,
    `UPDATE types SET hvm = false WHERE type_id = 'linux';
     CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.type_id = OLD.type_id; RETURN NEW; END';
     CREATE TRIGGER keep BEFORE UPDATE ON machines FOR EACH ROW EXECUTE FUNCTION keep()`,
  );
  await expectError(/kept the type linux-hvm/);
  await cluster.sql(
    database,
    'DROP TRIGGER keep ON machines; UPDATE machines SET machine_id = 1001 WHERE FALSE',
  );
  await cluster.sql(
    database,
    "DELETE FROM machines WHERE type_id = 'linux'; DELETE FROM types WHERE type_id = 'linux'",
  );
  await expectError(/the type linux is gone/);
  await cluster.sql(database, 'DELETE FROM nics; DELETE FROM disks; DELETE FROM machines');
  await expectError(/has 0 rows for the machine "web1" \(machine_id 1\)/);
});

test.serial('a password comes from PGPASSWORD or a file, and a wrong one is told of', async (t) => {
  const database = await newDatabase();
  await cluster.sql(database, "CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'hush'");
  await cluster.requirePasswordOf('secretive');
  const record = recordAt(cluster.url(database, 'secretive'));
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  process.env.PGPASSFILE = join(cluster.folder, 'none');
  t.regex(problemIn(await record.plan()).message, /the server asks for a password/);
  process.env.PGPASSWORD = 'loud';
  const wrong = problemIn(await record.plan());
  t.regex(wrong.message, /password authentication failed/);
  t.notRegex(JSON.stringify(wrong), /loud/);
  process.env.PGPASSWORD = 'hush';
  const plan = flipIn(await record.plan());
  t.notRegex(JSON.stringify([plan, record.option, record.name]), /hush/);
  delete process.env.PGPASSWORD;
  process.env.PGPASSFILE = join(cluster.folder, 'passwords');
  await writeFile(process.env.PGPASSFILE, '*:*:*:secretive:hush\n', { mode: 0o600 });
  await record.flip(plan);
  t.is(await typeIn(database), 'linux');
});

test.serial('TLS as libpq means it: required, or verified by a certificate', async (t) => {
  const database = await newDatabase();
  const planBy = (parameters: string) =>
    recordAt(`postgres://postgres@localhost:${cluster.port}/${database}?${parameters}`).plan();
  const certificate = `sslrootcert=${cluster.folder}/tls.crt`;
  for (const parameters of ['sslmode=disable', 'sslmode=require', `sslmode=verify-full&${certificate}`])
    t.is((await planBy(parameters)).kind, 'flip', parameters);
  t.regex(problemIn(await planBy('sslmode=verify-full')).message, /self-signed certificate/);
  t.regex(problemIn(await planBy('sslmode=verify-full&sslrootcert=/none')).message, /ENOENT/);
});

test.serial('the disk must be one of the machine, where the site says where disks are', async (t) => {
  const folder = await mkdtemp('/var/tmp/convert-image-disks-');
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'vg'));
  const disks = ['d_web1_hda', 'd_web2_hda'].map((name) => join(folder, 'vg', name));
  for (const disk of disks) await writeFile(disk, '');
  const url = cluster.url(await newDatabase());
  const settings = { 'disk-path': `${folder}/vg/d_{name}_{device}` };
  const [own = '', other = ''] = disks;
  const plan = flipIn(await recordAt(url, settings, own).plan());
  t.deepEqual(
    plan.notices?.map(({ code }) => code),
    ['record-off-not-asked'],
  );
  const problem = problemIn(await recordAt(url, settings, other).plan());
  t.is(problem.code, 'record-of-another-disk');
  t.true(problem.message.includes(`${own}, ${folder}/vg/d_web1_hdb, and not ${other}`), problem.message);
  const unchecked = flipIn(await recordAt(url, {}, other).plan());
  t.true(unchecked.notices?.some(({ code }) => code === 'record-disk-not-compared'));
});

test.serial('a record that only pygrub can boot refuses other ways', async (t) => {
  const record = recordAt(cluster.url(await newDatabase()));
  const problem = problemIn(await record.plan({ kind: 'pvgrub2', program: '/x' }));
  t.is(problem.code, 'record-boot-way');
});

const says = (script: string) => ({ command: ['sh', '-c', script, 'site'] });
const offChecks: readonly [string, object, string | undefined, RegExp?][] = [
  ['a column that says off', { column: 'state', is: 'off' }, undefined],
  ['a column that says on', { column: 'owner', is: 'off' }, 'record-machine-on', /its owner is "nobody"/],
  ['a column that is NULL', { column: 'administrator', is: 'off' }, 'record-machine-on', /is null/],
  [
    'a column that is missing',
    { column: 'running', is: 'no' },
    'record-off-unknown',
    /"running" does not exist/,
  ],
  ['a query that says yes', { query: "SELECT state = 'off' FROM machines WHERE name = $1;" }, undefined],
  ['a query that says no', { query: 'SELECT $1::text IS NULL' }, 'record-machine-on', /query says so/],
  ['a query without a row', { query: 'SELECT true WHERE $1::text IS NULL' }, 'record-off-unknown', /one row/],
  ['a query that says NULL', { query: 'SELECT NULL::bool, $1::text' }, 'record-off-unknown', /one row/],
  [
    'a query that would write',
    { query: 'DELETE FROM nics WHERE $1::text <> $1 RETURNING true' },
    'record-off-unknown',
    /syntax/,
  ],
  ['a command that says off', says('test "$1" = web1'), undefined],
  ['a command that says on', says('echo it runs on host7; exit 1'), 'record-machine-on', /it runs on host7/],
  ['a command that fails', says('echo oops; exit 3'), 'record-off-unknown', /exit code 3: oops/],
  ['a command that is missing', { command: ['/nowhere/vm-is-off'] }, 'record-off-unknown', /ENOENT/],
];

test.serial('the site says whether the machine is off, in every way that it can', async (t) => {
  const database = await newDatabase();
  await cluster.sql(database, "ALTER TABLE machines ADD state text NOT NULL DEFAULT 'off'");
  for (const [title, off, code, message] of offChecks) {
    const plan = await recordAt(cluster.url(database), { off }).plan();
    if (code === undefined) {
      t.is(plan.kind, 'flip', `${title}: ${JSON.stringify(plan)}`);
      continue;
    }
    const problem = problemIn(plan);
    t.is(problem.code, code, title);
    t.regex(problem.message, message ?? /./, title);
  }
});

test.serial('a machine that is on is neither converted when it is PV, nor undone', async (t) => {
  const database = await newDatabase();
  const url = cluster.url(database);
  const plan = flipIn(await recordAt(url).plan());
  await recordAt(url).flip(plan);
  const record = recordAt(url, { off: says('exit 1') });
  t.is(problemIn(await record.plan()).code, 'record-machine-on');
  await t.throwsAsync(() => record.undo(plan), { instanceOf: RecordError, message: /is not off/ });
  t.is(await typeIn(database), 'linux');
});
