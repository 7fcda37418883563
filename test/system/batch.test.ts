/** `batch`: many images, each in a process of its own, whatever becomes of the others. */
import { copyFile, mkdtemp, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type BatchReport, readBatchReport } from '../../src/batch/batch-report.js';
import { readRunReport } from '../../src/run-report.js';
import { listOf, runsThat, tinyGuests } from './batch-guests.js';
import { convertImage, copyOfGuest, type Run, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';
import { fingerprint, leftovers } from './untouched.js';

let base = '';

test.before(async (t) => {
  t.timeout(120_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
});

test.after.always(() => removeTinyGuests(base));

const countsOf = (run: Run) => run.events.at(-1)?.counts;

const fingerprints = (images: readonly string[]): Promise<string[]> => Promise.all(images.map(fingerprint));

async function batchReport(run: Run): Promise<BatchReport> {
  const { report } = run.events.at(-1) as { report: string };
  const reading = readBatchReport(await readFile(report, 'utf8'));
  if (reading.kind === 'unreadable') throw new Error(reading.reason);
  return reading.report;
}

/** The most images that were at work at the same time. */
function mostAtOnce({ events }: Run): number {
  let running = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'image-started') running += 1;
    if (type === 'image-finished') running -= 1;
    most = Math.max(most, running);
  }
  return most;
}

test.serial('twenty guests of every kind, two at a time, and once more', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const names = Array.from({ length: 14 }, (_, index) => `web${index + 1}`);
  const good = await tinyGuests(base, folder, names);
  const [interrupted = '', before = '', locked = ''] = good;
  const noOs = await copyOfGuest(folder, 'no-os');
  const others = ['empty1', 'empty2', 'empty3', 'empty4'].map((name) => join(folder, `${name}.raw`));
  for (const other of others) await copyFile(noOs, other);
  const i386 = await copyOfGuest(folder, 'bookworm-i386');
  const refused = [noOs, ...others, i386];

  const address = ['--address', '18.181.3.1', '--site', 'xvm', '--record', 'none'];
  t.not((await convertImage(folder, [...address, interrupted], await runsThat(folder, 'kill'))).exitCode, 0);
  const second = ['--address', '18.181.3.2', '--site', 'xvm', '--record', 'none'];
  t.is((await convertImage(folder, [...second, before])).exitCode, 0);
  const untouched = [...refused, locked];
  const were = await fingerprints(untouched);

  const list = await listOf(folder, [...good, ...refused]);
  const writer = await open(locked, 'r+');
  const run = await convertImage(folder, ['batch', '--json', '--jobs', '2', list]);
  await writer.close();
  t.is(run.exitCode, 7, run.stderr);
  const counts = { total: 20, planned: 0, failed: 0, inconsistent: 0, interrupted: 0, 'not-begun': 0 };
  t.deepEqual(countsOf(run), { ...counts, converted: 12, 'already-pv': 1, refused: 7 });
  t.is(mostAtOnce(run), 2);
  t.deepEqual(await fingerprints(untouched), were);
  t.deepEqual(await leftovers(folder), []);
  t.true(
    run.events.some(
      ({ type, disk, stage }) => type === 'stage-started' && disk === before && stage === 'verify',
    ),
  );
  const begun = run.events.flatMap(({ type, disk }) => (type === 'image-started' ? [disk] : []));
  t.deepEqual(begun, [...good, ...refused]);
  const { problems } = run.events.at(-1) as { problems: { code: string; disk: string }[] };
  t.deepEqual(
    problems.map(({ code, disk }) => [code, disk]),
    [
      ['image-in-use', locked],
      ...[noOs, ...others].map((disk) => ['no-operating-system', disk]),
      ['not-64-bit', i386],
    ],
  );

  const report = await batchReport(run);
  t.like(report, { exitCode: 7, lists: [list], rules: { jobs: 2, canary: 0 }, counts: { converted: 12 } });
  for (const { disk, report: path = '' } of report.images) {
    const reading = readRunReport(await readFile(path, 'utf8'));
    t.like(reading, { kind: 'report', report: { disk } });
  }

  const again = await convertImage(folder, ['batch', '--json', '--jobs', '2', list]);
  t.deepEqual(countsOf(again), { ...counts, converted: 1, 'already-pv': 13, refused: 6 });
});

test.serial(
  'a canary that is refused keeps the rest from being begun; one that is converted lets them',
  async (t) => {
    t.timeout(600_000);
    const folder = await testFolder(t);
    const images = await tinyGuests(base, folder, ['web1', 'web2', 'web3']);
    const bad = await copyOfGuest(folder, 'no-os');
    const before = await fingerprints(images);
    const run = await convertImage(folder, [
      'batch',
      '--json',
      '--canary',
      '1',
      await listOf(folder, [bad, ...images]),
    ]);
    t.is(run.exitCode, 7);
    t.like(countsOf(run), { refused: 1, converted: 0, 'not-begun': 3 });
    t.like(run.events.at(-1), { stopped: 'canary', notBegun: images });
    t.deepEqual(await fingerprints(images), before);

    const list = await listOf(folder, [...images, bad]);
    const good = await convertImage(folder, ['batch', '--json', '--jobs=3', '--canary=2', list]);
    t.like(countsOf(good), { refused: 1, converted: 3, 'not-begun': 0 });
    const told = good.events.flatMap(({ type, disk }) =>
      type === 'image-started' || type === 'image-finished' ? [`${type} ${disk}`] : [],
    );
    const canaries = images.slice(0, 2).map((disk) => `image-finished ${disk}`);
    t.true(
      canaries.every((end) => told.indexOf(end) < told.indexOf(`image-started ${images[2]}`)),
      told.join('\n'),
    );
  },
);

test.serial('after two failures no further one is begun; refusals do not count', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2', 'web3', 'web4']);
  const bad = await copyOfGuest(folder, 'no-os');
  const before = await fingerprints([bad, ...images]);
  const list = await listOf(folder, [bad, ...images]);
  const args = ['batch', '--json', '--jobs', '1', '--stop-after-failures', '2', list];
  const run = await convertImage(folder, args, await runsThat(folder, 'fail'));
  t.is(run.exitCode, 7);
  t.like(countsOf(run), { refused: 1, failed: 2, converted: 0, 'not-begun': 2 });
  t.like(run.events.at(-1), { stopped: 'failures', notBegun: images.slice(2) });
  // A commit that failed was taken back, which leaves the times of a write.
  const untouched = [bad, ...images.slice(2)];
  t.deepEqual(
    await fingerprints(untouched),
    [0, 3, 4].map((index) => before[index] ?? ''),
  );
});

test.serial('a dry run shows what each would be, and writes nothing', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web2', 'db1']);
  const before = await fingerprints(images);
  const pattern = join(folder, 'web*.img');
  const flags = ['--keep-dhcp', '--record=none', '--boot-test'];
  const run = await convertImage(folder, ['batch', '--json', '--dry-run', ...flags, pattern]);
  t.is(run.exitCode, 0, run.stdout);
  t.like(countsOf(run), { total: 2, planned: 2 });
  t.is(run.events.filter(({ type }) => type === 'plan').length, 2);
  t.deepEqual(await fingerprints(images), before);
  t.deepEqual((await readdir(join(folder, 'state'))).sort(), ['log', 'work']);
});

test.serial('people get a line for each, and a summary by reasons', async (t) => {
  t.timeout(600_000);
  const folder = await testFolder(t);
  const images = await tinyGuests(base, folder, ['web1', 'web10', 'web2']);
  const noOs = await copyOfGuest(folder, 'no-os');
  await copyFile(noOs, join(folder, 'other.raw'));
  const list = await listOf(folder, [...images, noOs, join(folder, 'other.raw')], {
    'web1.img': 'tags: [web, office]',
    'web2.img': 'labels: {rack: b7}, address: 18.181.3.77',
  });
  const mistaken = await convertImage(folder, ['batch', '--where', 'rack=b*', list]);
  t.is(mistaken.exitCode, 2, mistaken.stderr);
  t.regex(mistaken.stderr, /list\.yaml:5:\d+: this is not valid YAML: Map keys must be unique/);
  const good = await listOf(folder, [...images, noOs, join(folder, 'other.raw')], {
    'web1.img': 'tags: [web, office]',
    'web2.img': 'labels: {rack: b7}',
  });
  const one = await convertImage(folder, ['batch', '--where', 'rack=b*', '--where', 'disk=*/web*', good]);
  t.is(one.exitCode, 0, one.stderr);
  t.regex(
    one.stderr,
    /^converting 1 image, at most \d+ at the same time\n1\/1 \S+\/web2\.img: converted, \d+\.\d s$/,
  );
  t.regex(one.stdout, /^1 image: 1 converted\nreports: \S+\/state\/reports\nthis batch: \S+\.json$/);
  const all = await convertImage(folder, ['batch', '--quiet', good]);
  t.is(all.exitCode, 7);
  t.is(all.stderr, '');
  t.regex(
    all.stdout,
    /^5 images: 2 converted, 1 ready for PV already, 2 refused\n2 × no-operating-system: no oper/,
  );
  t.regex(all.stdout, new RegExp(`what to do: .*\\n {4}${noOs}\\n {4}${folder}/other\\.raw\\nreports`));
});
