/** What is refused about a VM of a pool, with the image untouched and the pool as it was. */
import { chmod, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import test from 'ava';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { failsUntouched } from './untouched.js';
import { add, addVm, capabilities, rowOf, type SamplePool } from './xapi-database.js';
import { makePool } from './xapi-guest.js';
import { XapiFailure } from './xapi-methods.js';
import { password } from './xapi-sessions.js';

let base = '';

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

type Pool = Awaited<ReturnType<typeof makePool>>;

const hostOf = ({ database, hostRef }: SamplePool) => rowOf(database, 'host', hostRef);

/** The arguments with another `--record`, without the image, which comes last. */
const argsWith = ({ args }: Pool, record?: string): string[] =>
  args
    .slice(0, -1)
    .flatMap((arg) => (arg === '--json' ? [] : [arg.startsWith('xapi:') ? (record ?? arg) : arg]));

interface Refused {
  readonly title: string;
  readonly code: string;
  readonly says: RegExp;
  readonly remedy?: RegExp;
  readonly settings?: readonly string[];
  readonly domainTypes?: boolean;
  /** Makes the pool so that it is refused. */
  readonly given: (pool: Pool) => unknown;
  readonly record?: (pool: Pool) => string;
  readonly more?: readonly string[];
  readonly environment?: Record<string, string>;
}

const set = (fields: Record<string, unknown>) => (pool: Pool) => Object.assign(pool.row(), fields);

const refused: readonly Refused[] = [
  {
    title: 'a VM that runs',
    given: set({ power_state: 'Running' }),
    code: 'record-machine-on',
    says: /the VM "web1" \(.*\) is not off: its power state is Running/,
    remedy: /shut it down/,
  },
  {
    title: 'a suspended one',
    given: set({ power_state: 'Suspended' }),
    code: 'record-machine-on',
    says: /suspended, and its saved memory would go on with a disk that was changed/,
    remedy: /resume it/,
  },
  {
    title: 'one that is being exported',
    given: set({ current_operations: { 'OpaqueRef:1': 'export' } }),
    code: 'record-machine-busy',
    says: /export in progress/,
  },
  {
    title: "another VM's disk",
    given: ({ pool }) => addVm(pool, 'web2'),
    record: ({ url }) => `xapi:${url}#web2`,
    code: 'record-of-another-disk',
    says: /the disks of the VM "web2" .* are \/run\/sr-mount\/.*\.vhd, and not \//,
  },
  {
    title: 'a disk that a control domain has, for a backup',
    given: ({ pool, vm }) => {
      const row = { VM: 'OpaqueRef:dom0', VDI: vm.vdi, type: 'Disk', userdevice: '5', device: 'xvdf' };
      const vbd = { ...row, bootable: false, mode: 'RO', empty: false, currently_attached: true };
      Object.assign(rowOf(pool.database, 'VDI', vm.vdi), { VBDs: [vm.vbd, add(pool.database, 'VBD', vbd)] });
    },
    code: 'record-disk-attached',
    says: /is attached to another VM, or to a control domain/,
  },
  {
    title: 'two VMs of one name',
    given: ({ pool }) => addVm(pool, 'web1'),
    code: 'record-ambiguous',
    says: /2 VMs "web1": [0-9a-f-]{36}, [0-9a-f-]{36}/,
    remedy: /xapi:https:\/\/127\.0\.0\.1:\d+#[0-9a-f]/,
  },
  {
    title: 'a template',
    given: set({ is_a_template: true }),
    code: 'record-no-machine',
    says: /has no VM "web1"; templates, snapshots and control domains don't count/,
  },
  {
    title: "a uuid that is none of a VM's",
    given: () => undefined,
    record: ({ url }) => `xapi:${url}#00000000-0000-4000-8000-000000000000`,
    code: 'record-no-machine',
    says: /has no VM "00000000-/,
  },
  {
    title: 'a kernel that dom0 keeps',
    given: () => undefined,
    more: ['--boot-with', 'kernel'],
    code: 'record-boot-way',
    says: /XAPI can't start a guest by a kernel that dom0 keeps here/,
    remedy: /--boot-with pygrub/,
  },
  {
    title: 'hosts whose Xen has no PV',
    given: ({ pool }) => Object.assign(hostOf(pool), { capabilities: capabilities.slice(1) }),
    code: 'record-no-pv',
    says: /the Xen of xs1 starts no PV guests any more/,
    remedy: /domain-type: pv_in_pvh/,
  },
  {
    title: 'pv_in_pvh from a host that knows no domain types',
    domainTypes: false,
    settings: ['domain-type: pv_in_pvh'],
    given: () => undefined,
    code: 'record-no-domain-type',
    says: /knows no domain types/,
  },
  {
    title: 'a user whose role may only read',
    given: () => undefined,
    record: ({ url }) => `xapi:${url.replace('https://', 'https://reader@')}#web1`,
    code: 'record-unreachable',
    says: /the user reader has no role that may call vm\.add_to_blocked_operations/,
    remedy: /vm-admin/,
  },
  {
    title: 'a wrong password',
    given: () => undefined,
    environment: { XAPI_PASSWORD: 'guess-guess' },
    code: 'record-unreachable',
    says: /it knows no user root with this password$/,
  },
  {
    title: 'no password',
    given: () => undefined,
    environment: {},
    code: 'record-unreachable',
    says: /no password is given/,
    remedy: /XAPI_PASSWORD.*xapi\.password-file/,
  },
  {
    title: 'a self-signed certificate',
    given: ({ folder }) => writeFile(join(folder, 'site.yaml'), ''),
    code: 'record-unreachable',
    says: /its certificate is self-signed, as that of every XenServer and XCP-ng is at first/,
    remedy: /xapi\.ca in the configuration file; or set xapi\.allow-unauthorized/,
  },
  {
    title: 'a certificate for another name',
    given: () => undefined,
    record: ({ url }) => `xapi:${url.replace('127.0.0.1', 'localhost')}#web1`,
    code: 'record-unreachable',
    says: /its certificate doesn't fit localhost/,
  },
  {
    title: 'a server that is gone',
    given: ({ server }) => server.close(),
    code: 'record-unreachable',
    says: /the pool at 127\.0\.0\.1:\d+ can't be asked: .*ECONNREFUSED/,
  },
  {
    title: 'an operation in progress that XAPI names',
    given: ({ server }) =>
      server.misbehave(({ write }) =>
        write === 1
          ? new XapiFailure('OTHER_OPERATION_IN_PROGRESS', 'VM', 'OpaqueRef:1', 'copy', 'OpaqueRef:2')
          : undefined,
      ),
    code: 'record-unreachable',
    says: /copy is in progress on the VM/,
  },
];

for (const row of refused) {
  test.serial(`refused: ${row.title}`, async (t) => {
    t.timeout(120_000);
    const { domainTypes = true } = row;
    const pool = await makePool(t, base, { domainTypes }, row.settings);
    await row.given(pool);
    const before = pool.now();
    const args = [...argsWith(pool, row.record?.(pool)), ...(row.more ?? [])];
    const { environment = { XAPI_PASSWORD: password } } = row;
    const { folder, image } = pool;
    const { code, says, remedy = /./ } = row;
    const run = await failsUntouched(
      t,
      { folder, image, args, environment },
      { exitCode: 3, code, says, remedy },
    );
    t.notRegex(run.stdout + run.stderr, /hush|guess-guess/);
    t.is(pool.now(), before);
  });
}

test.serial('a password on the command line is a wrong command line', async (t) => {
  const pool = await makePool(t, base);
  const { folder, image } = pool;
  const args = argsWith(pool, `xapi:${pool.url.replace('https://', 'https://root:hush-hush@')}#web1`);
  const says = /has a password in it, which every user of this host could see/;
  const run = await failsUntouched(t, { folder, image, args }, { exitCode: 2, code: 'usage', says });
  t.notRegex(run.stdout + run.stderr, /hush/);
});

test.serial(
  'a file with the password is taken from its owner only; any certificate, where that was asked for',
  async (t) => {
    t.timeout(120_000);
    const pool = await makePool(t, base);
    const { folder, image, row } = pool;
    const file = join(folder, 'password');
    await writeFile(file, `${password}\nnothing more\n`);
    await writeFile(join(folder, 'site.yaml'), `xapi: {password-file: ${file}, allow-unauthorized: true}\n`);
    const attempt = { folder, image, args: argsWith(pool) };
    const refusal = { exitCode: 3, code: 'record-unreachable', remedy: /chmod 600/ };
    for (const mode of [0o640, 0o604]) {
      await chmod(file, mode);
      await failsUntouched(t, attempt, { ...refusal, says: /can be read by others than its owner/ });
    }
    await chmod(file, 0o600);
    await rename(file, `${file}.new`);
    await failsUntouched(t, attempt, { ...refusal, says: /can't be read: ENOENT/, remedy: /password-file/ });
    await rename(`${file}.new`, file);
    Object.assign(row(), { power_state: 'Running' });
    const says = /its power state is Running/;
    await failsUntouched(t, attempt, { exitCode: 3, code: 'record-machine-on', says });
  },
);

test.serial('a host that says nothing is given up after 30 s; another server is recognised', async (t) => {
  t.timeout(180_000);
  const pool = await makePool(t, base);
  const { folder, image, server } = pool;
  const environment = { XAPI_PASSWORD: password };
  const attempt = { folder, image, args: argsWith(pool), environment };
  const refusal = { exitCode: 3, code: 'record-unreachable' };
  server.misbehave(({ method }) => (method === 'VM.get_by_name_label' ? 'hang' : undefined));
  await failsUntouched(t, attempt, { ...refusal, says: /there was no answer within 30 s/ });
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name))));
  const other = createServer({ ...(key && { key }), ...(cert && { cert }) }, (_, response) => {
    response.writeHead(404).end('not here');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const bound = other.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const args = argsWith(pool, `xapi:https://127.0.0.1:${port}#web1`);
  await failsUntouched(t, { ...attempt, args }, { ...refusal, says: /what answers there is not XAPI/ });
});
