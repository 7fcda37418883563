/** The built program with a machine's row in an Invirt database as the record. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { breakableWay } from './cut-connection.js';
import { type Cluster, sampleTables, startCluster } from './postgres-cluster.js';
import { checksum, convertImage, type Run, testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests } from './tiny-guest.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

let base = '';
let cluster: Cluster;

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
  cluster = await startCluster();
});

test.after.always(async () => {
  await cluster?.remove();
  await rm(join(base, '..'), { recursive: true, force: true });
});

async function makeGuest(t: ExecutionContext) {
  const folder = await testFolder(t);
  const image = join(folder, 'd_web1_hda');
  await makeTinyGuest(base, image);
  return { folder, image, original: await checksum(image) };
}

const outcomeOf = ({ events, stdout, stderr }: Run) => events.at(-1) ?? { stdout, stderr };

const typeIn = async (database: string): Promise<unknown> =>
  (await cluster.sql(database, 'SELECT type_id FROM machines WHERE machine_id = 1'))[0]?.type_id;

test.serial(
  'plan shows the SQL, convert flips the row, undo gives it back; no password is kept',
  async (t) => {
    t.timeout(120_000);
    const { folder, image, original } = await makeGuest(t);
    await cluster.createDatabase('one');
    await cluster.sql('one', "CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'hush-hush'");
    await cluster.requirePasswordOf('secretive');
    const record = ['--record', `invirt:${cluster.url('one', 'secretive')}#web1`];
    const environment = { PGPASSWORD: 'hush-hush' };
    const plan = await convertImage(folder, ['plan', ...address, ...record, image], environment);
    t.is(plan.exitCode, 0, plan.stderr);
    t.true(
      plan.stdout.includes(`--- a/invirt/web1
+++ b/invirt/web1
@@ -1,3 +1,3 @@
 -- the machine "web1"
-UPDATE "public"."machines" SET "type_id" = 'linux-hvm'
- WHERE "machine_id" = '1' AND "type_id" = 'linux';
+UPDATE "public"."machines" SET "type_id" = 'linux'
+ WHERE "machine_id" = '1' AND "type_id" = 'linux-hvm';
`),
      plan.stdout,
    );
    t.regex(plan.stderr, /that the machine "web1" is off was not asked/);
    t.is(await typeIn('one'), 'linux-hvm');
    const run = await convertImage(folder, [...address, ...record, '--json', image], environment);
    t.is(run.exitCode, 0, run.stdout);
    t.like(outcomeOf(run), { outcome: 'converted', record: { kind: 'flipped' } });
    t.is(await typeIn('one'), 'linux');
    const { exitCode } = await execa({ reject: false })`grep -rqa hush-hush ${join(folder, 'state')}`;
    t.is(exitCode, 1, 'no log and no journal has the password');
    t.notRegex(plan.stdout + plan.stderr + run.stdout + run.stderr, /hush/);
    const refused = await convertImage(folder, ['undo', '--json', image]);
    t.is(refused.exitCode, 6);
    t.regex(JSON.stringify(outcomeOf(refused)), /the server asks for a password/);
    const back = await convertImage(folder, ['undo', '--json', image], environment);
    t.is(back.exitCode, 0, back.stdout);
    t.like(outcomeOf(back), { outcome: 'undone', record: { kind: 'restored' } });
    t.is(await typeIn('one'), 'linux-hvm');
    t.is(await checksum(image), original);
  },
);

test.serial('a server that goes away before the flip is exit code 6, and the next run flips', async (t) => {
  t.timeout(120_000);
  const { folder, image } = await makeGuest(t);
  await cluster.createDatabase('two');
  const cut = { message: 'READ WRITE', side: 'before', times: Number.POSITIVE_INFINITY } as const;
  const way = await breakableWay(cluster.socket, cut);
  t.teardown(way.close);
  const record = ['--record', `invirt:postgres://postgres@127.0.0.1:${way.port}/two#web1`];
  const run = await convertImage(folder, [...address, ...record, '--json', image]);
  t.is(run.exitCode, 6, run.stdout);
  const outcome = outcomeOf(run);
  t.like(outcome, { outcome: 'failed' });
  t.regex(JSON.stringify(outcome), /record-not-flipped.*couldn't be changed in the Invirt database/);
  t.is(await typeIn('two'), 'linux-hvm');
  way.mend();
  const next = await convertImage(folder, [...address, ...record, '--json', image]);
  t.is(next.exitCode, 0, next.stdout);
  t.is(await typeIn('two'), 'linux');
});

test.serial(
  'refused with the image untouched: a server that is away, a password on the command line',
  async (t) => {
    const { folder, image, original } = await makeGuest(t);
    const away = await convertImage(folder, [
      ...address,
      ...['--record', 'invirt:postgres://me@127.0.0.1:9/x#web1', '--json', image],
    ]);
    t.is(away.exitCode, 3);
    t.like(outcomeOf(away), { outcome: 'refused' });
    t.regex(JSON.stringify(outcomeOf(away)), /record-unreachable/);
    const told = await convertImage(folder, [
      '--record',
      'invirt:postgres://me:hush@db/x#web1',
      '--json',
      image,
    ]);
    t.is(told.exitCode, 2);
    t.notRegex(told.stdout + told.stderr, /hush/);
    t.is(await checksum(image), original);
  },
);

test.serial(
  'PGlite, with names and places from the configuration file, which undo does without',
  async (t) => {
    t.timeout(120_000);
    const { folder, image, original } = await makeGuest(t);
    const database = join(folder, 'site');
    const pglite = await PGlite.create(database);
    await pglite.exec(await sampleTables());
    await pglite.exec("ALTER TABLE machines RENAME TO vms; ALTER TABLE vms ADD state text DEFAULT 'off'");
    await pglite.close();
    const config = join(folder, 'site.yaml');
    await writeFile(
      config,
      `invirt:
  tables: {machines: vms}
  disk-path: ${folder}/d_{name}_{device}
  off: {column: state, is: 'off'}
`,
    );
    const record = ['--config', config, '--record', `invirt:${database}#web1`];
    const run = await convertImage(folder, [...address, ...record, '--json', image]);
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    t.like(outcomeOf(run), { outcome: 'converted', record: { kind: 'flipped' } });
    t.is(run.stderr, '');
    t.false(run.events.some((event) => event.type === 'notice' && /record/.test(JSON.stringify(event))));
    const other = await convertImage(folder, [
      ...address,
      ...record.slice(0, 3),
      `invirt:${database}#web2`,
      image,
    ]);
    t.is(other.exitCode, 3);
    t.regex(other.stderr, /the disks of the machine "web2" are .*d_web2_hda, and not/);
    const back = await convertImage(folder, ['undo', '--json', image]);
    t.is(back.exitCode, 0, back.stdout + back.stderr);
    t.like(outcomeOf(back), { outcome: 'undone', record: { kind: 'restored' } });
    t.is(await checksum(image), original);
    const again = await PGlite.create(database);
    const { rows } = await again.query('SELECT type_id FROM vms WHERE machine_id = 1');
    await again.close();
    t.deepEqual(rows, [{ type_id: 'linux-hvm' }]);
  },
);
