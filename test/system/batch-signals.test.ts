/** A batch that is stopped, killed, or loses one of its processes. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { readBatchReport } from '../../src/batch/batch-report.js';
import { readRunReport } from '../../src/run-report.js';
import { letGo, listOf, runsThat, startBatch, tinyGuests, untilHeld } from './batch-guests.js';
import { conversionsOf } from './crash-guest.js';
import { lookUntil, processesOf } from './live-processes.js';
import { convertImage, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { fingerprint, leftovers } from './untouched.js';

let base = '';

test.before(async (t) => {
  t.timeout(120_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
});

test.after.always(() => removeTinyGuests(base));

const keys = { 'slow.img': 'access: appliance' };

/** The images of a batch that is in the middle: one in its commit, one before it, two that have not begun. */
async function inTheMiddle(t: ExecutionContext) {
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'slow', 'web2', 'web3']);
  const list = await listOf(folder, images, keys);
  const { program, events } = startBatch(folder, ['--jobs', '2', list], await runsThat(folder, 'hold'));
  const isSlow = ({ type, disk }: Record<string, unknown>) => type === 'stage-started' && disk === images[1];
  await untilHeld(folder, events, isSlow);
  const before = await Promise.all(images.slice(1).map(fingerprint));
  return { folder, images, program, events, before };
}

async function isQuiet(t: ExecutionContext, folder: string): Promise<void> {
  const left = await lookUntil(
    () => processesOf(`${folder}/`),
    (found) => found.length === 0,
    30_000,
  );
  t.deepEqual(left, []);
}

/** Everything is converted by a batch that comes later, each in the way that is fastest. */
async function isFinished(
  t: ExecutionContext,
  folder: string,
  images: readonly string[],
  counts: object,
): Promise<void> {
  const list = await listOf(folder, images);
  const run = await convertImage(folder, ['batch', '--json', list]);
  t.is(run.exitCode, 0, run.stdout);
  t.like(run.events.at(-1), { counts: { total: 4, ...counts } });
  t.deepEqual(await leftovers(folder), []);
  for (const { state } of await conversionsOf({ folder })) t.is(state, 'done');
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test.serial(
    `${signal}: a commit is finished, the others are untouched, the next run finishes`,
    async (t) => {
      t.timeout(600_000);
      const { folder, images, program, before } = await inTheMiddle(t);
      program.kill(signal);
      await delay(2000);
      await letGo(folder);
      const end = await program;
      t.is(end.exitCode, exitCode, end.stdout);
      const last: unknown = JSON.parse(end.stdout.split('\n').at(-1) ?? '');
      const counts = { total: 4, converted: 1, interrupted: 1, 'not-begun': 2 };
      t.like(last, { outcome: 'batch', exitCode, stopped: 'signal', counts, notBegun: images.slice(2) });
      t.deepEqual(await Promise.all(images.slice(1).map(fingerprint)), before);
      t.deepEqual(await leftovers(folder), []);
      await isQuiet(t, folder);
      const { report } = last as { report: string };
      t.like(JSON.parse(await readFile(report, 'utf8')), { exitCode, stopped: 'signal' });
      if (signal === 'SIGINT') await isFinished(t, folder, images, { converted: 3, 'already-pv': 1 });
    },
  );
}

test.serial('a signal to every process, which the batch hands on, is one signal for each', async (t) => {
  t.timeout(600_000);
  const { folder, program } = await inTheMiddle(t);
  // What stops a service signals every process itself, and the batch hands it on.
  for (const line of await processesOf(`${folder}/`))
    if (line.includes('dist/program/main.js')) process.kill(Number.parseInt(line, 10), 'SIGTERM');
  await delay(2000);
  await letGo(folder);
  const end = await program;
  t.is(end.exitCode, 143, end.stdout);
  const counts = { converted: 1, interrupted: 1, 'not-begun': 2 };
  t.like(JSON.parse(end.stdout.split('\n').at(-1) ?? ''), { counts }, end.stdout);
});

test.serial(
  'a second signal stops the commit, too; that needs a person, and the next run finishes it',
  async (t) => {
    t.timeout(600_000);
    const { folder, images, program } = await inTheMiddle(t);
    program.kill('SIGTERM');
    await delay(2000);
    program.kill('SIGTERM');
    const end = await program;
    t.is(end.exitCode, 6, end.stdout);
    const last = JSON.parse(end.stdout.split('\n').at(-1) ?? '') as {
      problems: { disk: string; remedy: string }[];
      report: string;
    };
    const problem = last.problems.find(({ disk }) => disk === images[0]);
    t.true(problem?.remedy.includes(`convert-image ${images[0]}`), problem?.remedy);
    const batch = readBatchReport(await readFile(last.report, 'utf8'));
    const path = batch.kind === 'report' ? (batch.report.images[0]?.report ?? '') : batch.reason;
    const reading = readRunReport(await readFile(path, 'utf8'));
    t.like(reading, { kind: 'report', report: { outcome: { exitCode: 6 } } });
    // Where it was broken off.
    const stages = reading.kind === 'report' ? reading.report.stages : [];
    t.deepEqual(stages.at(-1), { stage: 'commit', detail: images[0] ?? '' });
    await isQuiet(t, folder);
    await isFinished(t, folder, images, { converted: 4 });
  },
);

test.serial(
  'kill -9 of the batch: a commit is finished, nothing is left, the next run finishes',
  async (t) => {
    t.timeout(600_000);
    const { folder, images, program, before } = await inTheMiddle(t);
    program.kill('SIGKILL');
    await program;
    await delay(2000);
    // What is in its commit lives on, what isn't has ended.
    const alive = await processesOf(`${folder}/`);
    t.true(
      alive.some((line) => line.includes('commit')),
      alive.join('\n'),
    );
    await letGo(folder);
    await isQuiet(t, folder);
    t.deepEqual(
      (await conversionsOf({ folder })).map(({ state }) => state),
      ['done'],
    );
    t.deepEqual(await Promise.all(images.slice(1).map(fingerprint)), before);
    await isFinished(t, folder, images, { converted: 3, 'already-pv': 1 });
  },
);

test.serial(
  'kill -9 of one conversion in its commit: the others go on, and the next run finishes it',
  async (t) => {
    t.timeout(600_000);
    const folder = await testFolder(t);
    const images = await tinyGuests(base, folder, ['web1', 'web2', 'web3', 'web4']);
    const list = await listOf(folder, images);
    const { program, events } = startBatch(folder, ['--jobs', '2', list], await runsThat(folder, 'hold'));
    await untilHeld(folder, events, ({ stage, disk }) => stage === 'commit' && disk === images[0]);
    // The stage begins before its journal and its QEMU.
    const journal = () => conversionsOf({ folder });
    const isBegun = (found: readonly { folder: string }[]) =>
      found.some((one) => one.folder.includes('web1'));
    await lookUntil(journal, isBegun, 20_000);
    const found = (await processesOf(`${folder}/`)).find(
      (line) => line.includes('dist/program/main.js') && line.includes(`${images[0]}`),
    );
    process.kill(Number.parseInt(found ?? '', 10), 'SIGKILL');
    await letGo(folder);
    const end = await program;
    t.is(end.exitCode, 6, end.stdout);
    const last = JSON.parse(end.stdout.split('\n').at(-1) ?? '');
    t.like(last, { counts: { total: 4, converted: 3, inconsistent: 1 } });
    const codes = (last as { problems: { code: string }[] }).problems.map(({ code }) => code);
    t.deepEqual(codes, ['process-died', 'conversion-interrupted']);
    await isQuiet(t, folder);
    await isFinished(t, folder, images, { converted: 1, 'already-pv': 3 });
  },
);

test.serial('who reads the events may go away: nothing is broken off for that', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const [image = ''] = await tinyGuests(base, folder, ['web1']);
  const words = ['--json', '--keep-dhcp', '--record', 'none', image];
  const command = '"$@" | head -n 1';
  const prefix = ['bash', '-o', 'pipefail', '-c', command, '_'];
  const run = await convertImage(folder, words.slice(1), { CONVERT_IMAGE_JSON: 'yes' }, prefix);
  t.is(run.exitCode, 0, run.stderr);
  t.is(run.stdout.split('\n').length, 1);
  t.deepEqual(
    (await conversionsOf({ folder })).map(({ state }) => state),
    ['done'],
  );
  t.is((await convertImage(folder, ['verify', image])).exitCode, 0);
  t.deepEqual(await leftovers(join(folder)), []);
});
