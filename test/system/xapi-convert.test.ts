/** The built program with a VM of a pool of XCP-ng as the record. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { checksum, convertImage, environmentIn, type Run } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { addVm, rowOf } from './xapi-database.js';
import { makePool } from './xapi-guest.js';
import { XapiFailure } from './xapi-methods.js';
import { type Fault, type ServerCall, startXapi } from './xapi-server.js';
import { password } from './xapi-sessions.js';

let base = '';

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

const environment = { XAPI_PASSWORD: password };
const outcomeOf = ({ events, stdout, stderr }: Run) => events.at(-1) ?? { stdout, stderr };

test.serial(
  'plan shows the fields, convert flips the VM, undo gives it back; no password is kept',
  async (t) => {
    t.timeout(120_000);
    const { folder, vm, image, args, row, before, now, original } = await makePool(t, base);
    const shown = args.filter((arg) => arg !== '--json');
    const plan = await convertImage(folder, ['plan', ...shown], environment);
    t.is(plan.exitCode, 0, plan.stderr + plan.stdout);
    t.true(
      plan.stdout.includes(`--- a/xapi/web1
+++ b/xapi/web1
@@ -1,6 +1,6 @@
 VM ${vm.uuid} "web1"
-VBD ${vm.vbdUuid} bootable = false
-VBD ${vm.cdVbdUuid} bootable = true
-PV_bootloader = ""
-HVM_boot_policy = "BIOS order"
-domain_type = "hvm"
+VBD ${vm.vbdUuid} bootable = true
+VBD ${vm.cdVbdUuid} bootable = false
+PV_bootloader = "pygrub"
+HVM_boot_policy = ""
+domain_type = "pv"
`),
      plan.stdout,
    );
    t.regex(plan.stderr, /has not supported PV guests since 8\.1 .* runs XCP-ng 8\.2\.1.*pv_in_pvh/);
    t.is(now(), before, 'a plan changes nothing');
    const run = await convertImage(folder, args, environment);
    t.is(run.exitCode, 0, run.stdout);
    t.is(run.stderr, '');
    t.like(outcomeOf(run), { outcome: 'converted', record: { kind: 'flipped' } });
    t.like(row(), { domain_type: 'pv', HVM_boot_policy: '', PV_bootloader: 'pygrub' });
    t.deepEqual([row().HVM_boot_params, row().blocked_operations], [{ order: 'cd' }, {}]);
    const { exitCode } = await execa({ reject: false })`grep -rqa ${password} ${join(folder, 'state')}`;
    t.is(exitCode, 1, 'no log and no journal has the password');
    const refused = await convertImage(folder, ['undo', '--json', image]);
    t.is(refused.exitCode, 6);
    t.regex(JSON.stringify(outcomeOf(refused)), /no password is given/);
    const back = await convertImage(folder, ['undo', '--json', image], environment);
    t.is(back.exitCode, 0, back.stdout);
    t.like(outcomeOf(back), { outcome: 'undone', record: { kind: 'restored' } });
    t.is(now(), before, 'the pool knows what it knew');
    t.is(await checksum(image), original);
  },
);

test.serial('a host of old, without domain types and JSON-RPC; arguments that nobody wants go', async (t) => {
  t.timeout(120_000);
  const old = await makePool(t, base, { domainTypes: false, language: 'xml' });
  const { folder, image, args, row } = old;
  Object.assign(row(), { PV_args: 'root=/dev/sda1 <&> ö', HVM_boot_policy: 'cd' });
  const before = old.now();
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 0, run.stdout);
  t.like(row(), { HVM_boot_policy: '', PV_bootloader: 'pygrub', PV_args: '' });
  t.false('domain_type' in row());
  t.notRegex(run.stdout, /record-pv-unsupported/, 'XenServer 6.5 supports PV guests');
  const back = await convertImage(folder, ['undo', '--json', image], environment);
  t.is(back.exitCode, 0, back.stdout);
  t.is(old.now(), before);
});

test.serial(
  'pv_in_pvh and arguments as the configuration says; a boot policy of its own comes back',
  async (t) => {
    t.timeout(120_000);
    const pool = await makePool(t, base, {}, ['pv-args: earlyprintk=xen', 'domain-type: pv_in_pvh']);
    Object.assign(pool.row(), { HVM_boot_policy: 'cdn' });
    const before = pool.now();
    const run = await convertImage(pool.folder, pool.args, environment);
    t.is(run.exitCode, 0, run.stdout);
    t.like(pool.row(), { domain_type: 'pv_in_pvh', HVM_boot_policy: '', PV_args: 'earlyprintk=xen' });
    const again = await convertImage(pool.folder, pool.args, environment);
    t.like(outcomeOf(again), { outcome: 'already-pv', record: { kind: 'already-pv' } });
    const back = await convertImage(pool.folder, ['undo', '--json', pool.image], environment);
    t.is(back.exitCode, 0, back.stdout);
    t.is(pool.now(), before);
  },
);

/** Lets something happen once at each kind of call that this is true for. */
function onceEach(applies: (method: string) => boolean, fault: Fault) {
  const seen = new Set<string>();
  const misbehave = ({ method }: ServerCall): Fault => {
    if (!applies(method) || seen.has(method)) return undefined;
    seen.add(method);
    return fault;
  };
  return { seen, misbehave };
}

test.serial('a session that expires at every kind of call is renewed', async (t) => {
  t.timeout(120_000);
  const { folder, image, args, server, now, before } = await makePool(t, base);
  const { seen, misbehave } = onceEach(
    (method) => !method.startsWith('session.') && method !== 'pool.get_all_records',
    'expire',
  );
  server.misbehave(misbehave);
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 0, run.stdout);
  t.true(seen.size > 10, [...seen].join());
  t.is((await convertImage(folder, ['undo', '--json', image], environment)).exitCode, 0);
  t.is(now(), before);
});

test.serial('an answer to a change of the record that is lost is no harm', async (t) => {
  t.timeout(120_000);
  const { folder, image, args, server, row, now, before } = await makePool(t, base);
  // One is lost in each attempt, of which there are three.
  const lossesOf = (methods: readonly string[]) => onceEach((method) => methods.includes(method), 'lose');
  const there = lossesOf(['VM.set_PV_bootloader', 'VM.set_domain_type']);
  server.misbehave(there.misbehave);
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 0, run.stdout);
  t.is(there.seen.size, 2);
  t.like(row(), { domain_type: 'pv', blocked_operations: {} });
  const andBack = lossesOf(['VM.set_domain_type', 'VM.remove_from_blocked_operations']);
  server.misbehave(andBack.misbehave);
  const back = await convertImage(folder, ['undo', '--json', image], environment);
  t.is(back.exitCode, 0, back.stdout);
  t.is(andBack.seen.size, 2);
  t.is(now(), before);
});

test.serial("a host that isn't the master names it, and the master is asked", async (t) => {
  t.timeout(120_000);
  const { folder, pool, args, server, row } = await makePool(t, base);
  const slave = { address: '127.0.0.2', port: server.port, slaveOf: '127.0.0.1' };
  const other = await startXapi(pool.database, folder, slave);
  t.teardown(other.close);
  const elsewhere = args.map((arg) => arg.replace('https://127.0.0.1', 'https://127.0.0.2'));
  const run = await convertImage(folder, elsewhere, environment);
  t.is(run.exitCode, 0, run.stdout);
  t.true(other.calls.length > 0);
  t.is(row().domain_type, 'pv');
});

test.serial(
  'while the disk is converted the VM is blocked, with a word to who wants to start it',
  async (t) => {
    t.timeout(120_000);
    const { folder, image, args, server, row } = await makePool(t, base);
    Object.assign(row(), { blocked_operations: { start: 'not in my shift' } });
    const blocked: unknown[] = [];
    server.misbehave(({ method, write }) => {
      if (write > 0 && method.startsWith('VM.set')) blocked.push(row().blocked_operations);
      return undefined;
    });
    const run = await convertImage(folder, args, environment);
    t.is(run.exitCode, 0, run.stdout);
    const [during] = blocked;
    t.like(during, { start: 'not in my shift' });
    t.regex(
      JSON.stringify(during),
      /"start_on":"convert-image on .* works on its disk .*if it was killed, run it again/,
    );
    t.true(JSON.stringify(during).includes(JSON.stringify(JSON.stringify(image)).slice(1, -1)));
    t.deepEqual(row().blocked_operations, { start: 'not in my shift' });
  },
);

test.serial('a run that is killed leaves the VM blocked, and the next one releases it', async (t) => {
  t.timeout(120_000);
  const { folder, args, server, row, image, before, now } = await makePool(t, base);
  for (const method of [
    'host.get_all_records',
    'VM.set_PV_bootloader',
    'VM.remove_from_blocked_operations',
  ]) {
    const subprocess = execa({
      env: environmentIn(folder, environment),
      reject: false,
      stdin: 'ignore',
    })`${process.execPath} dist/program/main.js ${args}`;
    let isBlocked = false;
    server.misbehave((call) => {
      isBlocked = JSON.stringify(row().blocked_operations).includes('convert-image on');
      if (call.method === method && isBlocked) subprocess.kill('SIGKILL');
      return undefined;
    });
    const { signal } = await subprocess;
    server.misbehave(() => undefined);
    t.is(signal, 'SIGKILL', method);
    t.regex(JSON.stringify(row().blocked_operations), /convert-image on/);
    const next = await convertImage(folder, args, environment);
    t.is(next.exitCode, 0, next.stdout);
    t.like(row(), { domain_type: 'pv', blocked_operations: {} });
    t.is((await convertImage(folder, ['undo', '--json', image], environment)).exitCode, 0);
    t.is(now(), before, method);
  }
});

test.serial('somebody starts the VM right before it is blocked: refused', async (t) => {
  t.timeout(120_000);
  const { folder, args, server, row, image, original } = await makePool(t, base);
  server.misbehave(({ write }) => {
    if (write === 1) Object.assign(row(), { current_operations: { 'OpaqueRef:1': 'start' } });
    return undefined;
  });
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 3, run.stdout);
  t.regex(JSON.stringify(outcomeOf(run)), /record-machine-busy.*start in progress/);
  t.like(row(), { domain_type: 'hvm', blocked_operations: {} });
  t.is(await checksum(image), original);
});

test.serial('a field that changes before the flip is planned anew; after it, undo stops', async (t) => {
  t.timeout(120_000);
  const { folder, args, server, row, image, original } = await makePool(t, base);
  let looks = 0;
  server.misbehave(({ method }) => {
    if (method === 'VM.get_by_uuid') looks += 1;
    // The first look is that of the hold.
    if (method === 'VM.get_by_uuid' && looks === 2)
      Object.assign(row(), { PV_args: 'quiet', PV_bootloader: 'eliloader' });
    return undefined;
  });
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 0, run.stdout);
  t.true(looks > 2);
  t.like(row(), { domain_type: 'pv', PV_args: '', PV_bootloader: 'pygrub', blocked_operations: {} });
  Object.assign(row(), { PV_args: 'single' });
  const stopped = await convertImage(folder, ['undo', '--json', image], environment);
  t.is(stopped.exitCode, 6, stopped.stdout);
  t.regex(JSON.stringify(outcomeOf(stopped)), /was changed since: PV_args is neither the old nor the new/);
  t.like(row(), { domain_type: 'pv', blocked_operations: {} });
  Object.assign(row(), { PV_args: '' });
  const back = await convertImage(folder, ['undo', '--json', image], environment);
  t.is(back.exitCode, 0, back.stdout);
  t.like(row(), { domain_type: 'hvm', PV_args: 'quiet', PV_bootloader: 'eliloader' });
  t.is(await checksum(image), original);
});

test.serial(
  'somebody starts the VM between the record and the disk of an undo: the disk stays',
  async (t) => {
    t.timeout(120_000);
    const { folder, args, server, row, image, original, now, before } = await makePool(t, base);
    t.is((await convertImage(folder, args, environment)).exitCode, 0);
    const converted = await checksum(image);
    server.misbehave(({ method }) => {
      // The record is back then, and the VM free until it is blocked again for the disk.
      if (method === 'VM.add_to_blocked_operations' && row().domain_type === 'hvm')
        Object.assign(row(), { power_state: 'Running' });
      return undefined;
    });
    const stopped = await convertImage(folder, ['undo', '--json', image], environment);
    t.is(stopped.exitCode, 6, stopped.stdout);
    t.regex(JSON.stringify(outcomeOf(stopped)), /is not off.*the disk is still converted/);
    t.like(row(), { domain_type: 'hvm', blocked_operations: {} });
    t.is(await checksum(image), converted);
    server.misbehave(() => undefined);
    Object.assign(row(), { power_state: 'Halted' });
    t.is((await convertImage(folder, ['undo', '--json', image], environment)).exitCode, 0);
    t.is(now(), before);
    t.is(await checksum(image), original);
  },
);

test.serial('a VM whose name another one has got meanwhile stays the one that is meant', async (t) => {
  t.timeout(120_000);
  const { folder, image, args, server, pool, row, before, now } = await makePool(t, base);
  server.misbehave(({ method }) =>
    method === 'VM.set_domain_type' ? new XapiFailure('INTERNAL_ERROR') : undefined,
  );
  const run = await convertImage(folder, args, environment);
  t.is(run.exitCode, 6, run.stdout);
  t.regex(JSON.stringify(outcomeOf(run)), /record-not-flipped/);
  server.misbehave(() => undefined);
  row().name_label = 'web1-old';
  const other = addVm(pool, 'web1', true);
  const next = await convertImage(folder, args, environment);
  t.is(next.exitCode, 0, next.stdout);
  t.like(outcomeOf(next), { outcome: 'converted', record: { kind: 'flipped' } });
  t.is(row().domain_type, 'pv');
  t.is(rowOf(pool.database, 'VM', other.ref).domain_type, 'hvm');
  const back = await convertImage(folder, ['undo', '--json', image], environment);
  t.is(back.exitCode, 0, back.stdout);
  t.is(row().domain_type, 'hvm');
  t.not(now(), before, 'there is one more');
});
