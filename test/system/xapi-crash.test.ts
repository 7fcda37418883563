/** The pool dies at every call that changes something: whichever way is taken then ends well. */
import { mkdtemp } from 'node:fs/promises';
import test from 'ava';
import { checksum, convertImage } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { makePool } from './xapi-guest.js';
import { password } from './xapi-sessions.js';

let base = '';

test.before(async (t) => {
  t.timeout(180_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-tiny-'));
});

test.after.always(() => removeTinyGuests(base));

const environment = { XAPI_PASSWORD: password };

type Pool = Awaited<ReturnType<typeof makePool>>;

/** What a run changes in the pool, call by call. */
async function writesOf({ server, folder }: Pool, args: readonly string[]): Promise<string[]> {
  const methods: string[] = [];
  server.misbehave(({ method, write }) => {
    if (write > 0) methods.push(method);
    return undefined;
  });
  const { exitCode } = await convertImage(folder, args, environment);
  server.misbehave(() => undefined);
  return exitCode === 0 ? methods : [];
}

/** Numbers, from 1, of the writes at which the pool dies: all that change the record, the first and last of those alike. */
const tellingAmong = (methods: readonly string[]): number[] =>
  methods.flatMap((method, index) => {
    const isInside = method === methods[index - 1] && method === methods[index + 1];
    return isInside ? [] : [index + 1];
  });

for (const when of ['die before', 'die after'] as const) {
  test.serial(`a pool that says ${when} at a write of a conversion`, async (t) => {
    t.timeout(900_000);
    const pool = await makePool(t, base);
    const { folder, image, args, server, row, now, before, original } = pool;
    const undo = ['undo', '--json', image];
    const methods = await writesOf(pool, args);
    const first = 1 + methods.findIndex((method) => method.includes('.set_'));
    t.true(first > 1 && methods.length > first, methods.join());
    t.is((await convertImage(folder, undo, environment)).exitCode, 0);
    for (const k of tellingAmong(methods)) {
      const what = `write ${k}, ${methods[k - 1]}`;
      server.misbehave(({ write }) => (write === k ? when : undefined));
      const run = await convertImage(folder, args, environment);
      t.true(server.isDead(), what);
      // Before the record's turn comes, nothing of the image has been written.
      t.is(run.exitCode, k < first ? 3 : 6, `${what}: ${run.stdout}`);
      if (k < first) t.is(await checksum(image), original);
      await server.revive();
      const next = k % 2 === 0 || k < first ? args : undo;
      const mended = await convertImage(folder, next, environment);
      t.is(mended.exitCode, 0, `${what}, then ${next[0]}: ${mended.stdout}`);
      if (next === args) {
        const flipped = { domain_type: 'pv', PV_bootloader: 'pygrub', blocked_operations: {} };
        t.like(row(), flipped, what);
        t.is((await convertImage(folder, undo, environment)).exitCode, 0);
      }
      t.is(now(), before, what);
      t.is(await checksum(image), original, what);
    }
  });
}

test.serial('a pool that dies at a write of an undo', async (t) => {
  t.timeout(900_000);
  const pool = await makePool(t, base);
  const { folder, image, args, server, now, before, original } = pool;
  const undo = ['undo', '--json', image];
  t.is((await convertImage(folder, args, environment)).exitCode, 0);
  const methods = await writesOf(pool, undo);
  const telling = tellingAmong(methods);
  t.true(telling.length > 5, methods.join());
  for (const k of telling) {
    const what = `write ${k}, ${methods[k - 1]}`;
    server.misbehave(() => undefined);
    t.is((await convertImage(folder, args, environment)).exitCode, 0, what);
    server.misbehave(({ write }) => (write === k ? (k % 2 === 0 ? 'die before' : 'die after') : undefined));
    const run = await convertImage(folder, undo, environment);
    t.true(server.isDead(), what);
    await server.revive();
    // When all is as it was and only the block is left, the user is told; otherwise undo has to be repeated.
    const isAllBack = k > methods.lastIndexOf('VM.add_to_blocked_operations') + 1;
    t.is(run.exitCode, isAllBack ? 0 : 6, `${what}: ${run.stdout}`);
    if (isAllBack) {
      t.regex(run.stdout, /record-still-held.*xe vm-param-remove/, what);
      t.is((await convertImage(folder, args, environment)).exitCode, 0, what);
    }
    t.is((await convertImage(folder, undo, environment)).exitCode, 0, what);
    t.is(now(), before, what);
    t.is(await checksum(image), original, what);
  }
});
