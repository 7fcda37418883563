/** The Invirt database as a mode record: the same cases on a PostgreSQL server and on PGlite. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import test from 'ava';
import { execa } from 'execa';
import { RecordError } from '../../src/errors.js';
import { withInvirtSettings } from '../../src/mode-records/invirt-option.js';
import { parseRecordOption } from '../../src/mode-records/list.js';
import type { ModeRecord } from '../../src/mode-records/mode-record.js';
import { type Cluster, sampleTables, startCluster } from './postgres-cluster.js';

let cluster: Cluster;
let folder = '';
let counter = 0;

test.before(async (t) => {
  t.timeout(180_000);
  folder = await mkdtemp('/var/tmp/convert-image-pglite-');
  cluster = await startCluster();
  const database = await PGlite.create(join(folder, 'sample'));
  await database.exec(await sampleTables());
  await database.close();
});

test.after.always(async () => {
  await cluster?.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Site {
  /** As it stands before `#MACHINE`. */
  readonly database: string;
  readonly sql: (statement: string) => Promise<Record<string, unknown>[]>;
}

const sites = {
  server: async (): Promise<Site> => {
    counter += 1;
    const name = `site${counter}`;
    await cluster.createDatabase(name);
    return { database: cluster.url(name), sql: (statement) => cluster.sql(name, statement) };
  },
  embedded: async (): Promise<Site> => {
    counter += 1;
    const database = join(folder, `site${counter}`);
    await cp(join(folder, 'sample'), database, { recursive: true });
    const sql = async (statement: string) => {
      const pglite = await PGlite.create(database);
      const results = await pglite.exec(statement);
      await pglite.close();
      return results.at(-1)?.rows ?? [];
    };
    return { database, sql };
  },
};

function recordOf({ database }: Site, machine: string, settings: object = {}): ModeRecord {
  const option = parseRecordOption(withInvirtSettings(`invirt:${database}#${machine}`, settings));
  if (option.kind !== 'named') throw new Error(JSON.stringify(option));
  return option.open('/srv/web1.img');
}

async function flipOf(record: ModeRecord) {
  const plan = await record.plan({ kind: 'pygrub' });
  if (plan.kind !== 'flip') throw new Error(JSON.stringify(plan));
  return plan;
}

const modeOf = async (record: ModeRecord): Promise<string> => {
  const reading = await record.readBack();
  return reading.kind === 'state' ? reading.state.mode : reading.problem.message;
};

const odd = `it's "quoted"; DROP TABLE machines; -- 日本 é \\`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

for (const [kind, makeSite] of Object.entries(sites)) {
  test.serial(`${kind}: the machine is read, flipped, flipped again, undone, undone again`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    const record = recordOf(site, 'web1');
    const reading = await record.read();
    if (reading.kind !== 'state') return t.fail(reading.problem.message);
    t.like(reading.state, { mode: 'hvm', domain: 'web1' });
    t.deepEqual(reading.state.vifs, [
      { mac: '00:16:3e:00:00:01', ip: '18.181.3.4' },
      { mac: '00:16:3e:00:00:02', ip: '18.181.3.5' },
    ]);
    t.deepEqual(
      reading.state.disks.map(({ device, target }) => [device, target]),
      [
        ['hda', ''],
        ['hdb', ''],
      ],
    );
    const plan = await flipOf(record);
    t.regex(plan.after, /SET "type_id" = 'linux'\n WHERE "machine_id" = '1' AND "type_id" = 'linux-hvm';/);
    t.is(await modeOf(record), 'hvm', 'a plan changes nothing');
    for (let time = 0; time < 2; time += 1) await record.flip(plan);
    t.is(await modeOf(record), 'pv');
    t.like(await record.plan(), { kind: 'already-pv' });
    for (let time = 0; time < 2; time += 1) await record.undo(plan);
    t.is(await modeOf(record), 'hvm');
    const others = await site.sql("SELECT name FROM machines WHERE type_id <> 'linux-hvm' ORDER BY 1");
    t.deepEqual(
      others.map(({ name }) => name),
      ['office', 'paravirtual', 'strange', 'sun', 'twin'],
    );
  });

  test.serial(`${kind}: a change by somebody else is neither overwritten nor undone`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    const record = recordOf(site, 'web1');
    const plan = await flipOf(record);
    await site.sql("UPDATE machines SET type_id = 'windows' WHERE machine_id = 1");
    for (const change of [record.flip, record.undo]) {
      const error = await t.throwsAsync(() => change(plan), { instanceOf: RecordError });
      t.regex(error?.message ?? '', /has the type windows by now/);
    }
    t.deepEqual(await site.sql('SELECT type_id FROM machines WHERE machine_id = 1'), [
      { type_id: 'windows' },
    ]);
  });

  test.serial(`${kind}: odd names, and names of tables that are mapped`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    await site.sql(`CREATE SCHEMA "Xen's";
      ALTER TABLE machines SET SCHEMA "Xen's"; ALTER TABLE types SET SCHEMA "Xen's";
      ALTER TABLE nics SET SCHEMA "Xen's"; ALTER TABLE disks SET SCHEMA "Xen's";
      ALTER TABLE "Xen's".machines RENAME TO "my ""VMs"""; ALTER TABLE "Xen's"."my ""VMs""" RENAME type_id TO "Typ";
      INSERT INTO "Xen's"."my ""VMs""" (name, "Typ") VALUES (${quoted(odd)}, 'windows')`);
    const record = recordOf(site, odd, {
      schema: "Xen's",
      tables: { machines: 'my "VMs"' },
      columns: { machines: { type: 'Typ' } },
      'pv-types': { windows: 'netbsd' },
      'domain-name': 'd_{name}',
    });
    t.like(await record.read(), { state: { domain: `d_${odd}` } });
    const plan = await flipOf(record);
    await record.flip(plan);
    t.is(await modeOf(record), 'pv');
    const found = await site.sql(`SELECT "Typ" FROM "Xen's"."my ""VMs""" WHERE name = ${quoted(odd)}`);
    t.deepEqual(found, [{ Typ: 'netbsd' }]);
    const again = parseRecordOption(record.option);
    if (again.kind !== 'named') return t.fail();
    await again.open('/srv/web1.img').undo(plan);
    t.is(await modeOf(record), 'hvm');
    // The statement that people see does the same by hand.
    await site.sql(Buffer.from(plan.after, 'latin1').toString());
    t.is(await modeOf(record), 'pv');
  });

  test.serial(`${kind}: of several flips at once one wins, and all see it done`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    const record = recordOf(site, 'web1');
    const plan = await flipOf(record);
    await Promise.all([1, 2].map(() => record.flip(plan)));
    t.is(await modeOf(record), 'pv');
  });

  test.serial(`${kind}: machines and types that don't do`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    const wrong: readonly [string, string, RegExp][] = [
      ['nobody', 'record-no-machine', /no machine "nobody"/],
      ['twin', 'record-ambiguous', /2 machines "twin": 5, 6/],
      ['office', 'record-no-pv-type', /for windows: .*PV types are: linux, netbsd/],
      ['sun', 'record-no-pv-type', /there is no type solaris/],
      ['strange', 'record-no-pv-type', /strange is no PV type/],
    ];
    // Each look at PGlite takes a second.
    const chosen = kind === 'server' ? wrong : wrong.filter(([machine]) => /^(twin|sun)$/.test(machine));
    for (const [machine, code, message] of chosen) {
      const plan = await recordOf(site, machine).plan();
      if (plan.kind !== 'problem') return t.fail(machine);
      t.is(plan.problem.code, code);
      t.regex(plan.problem.message, message);
    }
  });

  test.serial(`${kind}: all that a database lacks is said at once`, async (t) => {
    t.timeout(120_000);
    const site = await makeSite();
    const plan = await flipOf(recordOf(site, 'web1'));
    await site.sql(`DROP TABLE nics; ALTER TABLE disks RENAME guest_device_name TO device;
      ALTER TABLE types ALTER hvm TYPE text; ALTER TABLE machines RENAME type_id TO kind`);
    const record = recordOf(site, 'web1');
    const now = await record.plan();
    if (now.kind !== 'problem') return t.fail();
    t.is(now.problem.code, 'record-schema');
    for (const key of ['tables.nics', 'columns.disks.device', 'columns.types.hvm', 'columns.machines.type'])
      t.true(now.problem.message.includes(`(${key})`), now.problem.message);
    await t.throwsAsync(() => record.flip(plan), { instanceOf: RecordError, message: /is not as it was/ });
  });
}

test.serial('a PGlite that was killed in the middle of a change is as it was before', async (t) => {
  t.timeout(120_000);
  const site = await sites.embedded();
  const script = `import { PGlite } from '@electric-sql/pglite';
    const pglite = await PGlite.create(process.argv.at(-1));
    await pglite.query('BEGIN');
    await pglite.query("UPDATE machines SET type_id = 'linux' WHERE machine_id = 1");
    process.kill(process.pid, 'SIGKILL');`;
  const run = await execa({ reject: false })`node --input-type=module -e ${script} ${site.database}`;
  t.is(run.signal, 'SIGKILL');
  const record = recordOf(site, 'web1');
  await record.flip(await flipOf(record));
  t.is(await modeOf(record), 'pv');
});

test.serial('a folder without a database is none, and none is made', async (t) => {
  const empty = await mkdtemp(join(folder, 'empty-'));
  const plan = await recordOf({ database: empty, sql: async () => [] }, 'web1').plan();
  if (plan.kind !== 'problem') return t.fail();
  t.is(plan.problem.code, 'record-unreachable');
  t.regex(plan.problem.message, /holds no database/);
});
