/** The report that every run of `convert` leaves, however it ends. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type RunReport, readRunReport } from '../../src/run-report.js';
import { lookUntil } from './live-processes.js';
import { convertImage, copyOfGuest, environmentIn, type Run, testFolder } from './program.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm'];

const reportsIn = (folder: string): Promise<string[]> =>
  readdir(join(folder, 'state', 'reports')).then(
    (names) => names.sort(),
    () => [],
  );

/** The report that the outcome of a run names. */
async function reportOf(t: ExecutionContext, { events }: Run): Promise<RunReport> {
  const { report, log } = events.at(-1) as { report: string; log: string };
  t.is(basename(report, '.json'), basename(log, '.log'));
  t.is((await stat(report)).mode & 0o777, 0o600);
  const reading = readRunReport(await readFile(report, 'utf8'));
  if (reading.kind === 'unreadable') throw new Error(reading.reason);
  t.is(reading.report.log, log);
  return reading.report;
}

test('conversion, plan, conversion of what is PV already, undo', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'bookworm');
  const run = await convertImage(folder, [...address, '--json', image]);
  const report = await reportOf(t, run);
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  t.like(report, {
    disk: image,
    program: version,
    outcome: { outcome: 'converted', exitCode: 0, problems: [] },
    facts: { architecture: 'amd64', access: 'direct', initSystem: 'systemd' },
    record: { kind: 'written', path: `${image}.pv.cfg` },
  });
  t.is(report.facts?.release.version, '12');
  t.true(report.facts?.kernels[0]?.pv);
  t.true(
    report.steps.some(
      ({ path, diff }) => path === '/etc/network/interfaces' && diff.includes('+    address 18.181.3.4\n'),
    ),
  );
  t.deepEqual(
    report.stages.map(({ stage }) => stage).filter((name) => name !== 'verify'),
    ['open', 'overlay', 'inspect', 'plan', 'apply', 'save', 'commit', 'flip'],
  );
  t.is(report.verification?.checks[0], 'by a fresh look');
  t.true((await stat(report.undoArchive?.path ?? '')).isFile());
  t.true((report.undoArchive?.bytes ?? 0) > 0);
  t.is(Date.parse(report.ended) - Date.parse(report.started), report.milliseconds);

  const again = await convertImage(folder, [...address, '--json', image]);
  t.like(await reportOf(t, again), { outcome: { outcome: 'already-pv', exitCode: 0 }, steps: [] });

  const two = await reportsIn(folder);
  t.is(two.length, 2);
  for (const command of ['plan', 'status', 'undo', 'forget'])
    await convertImage(folder, [command, ...(command === 'plan' ? address : []), image]);
  t.deepEqual(await reportsIn(folder), two);
});

test('a refusal, a failure, and a run that is stopped', async (t) => {
  t.timeout(120_000);
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  const refused = await convertImage(folder, [...address, '--json', image]);
  t.like(await reportOf(t, refused), { outcome: { outcome: 'refused', exitCode: 3 } });

  const missing = await convertImage(folder, [...address, '--json', join(folder, 'none.img')]);
  const { outcome } = await reportOf(t, missing);
  t.deepEqual(
    outcome.problems.map(({ code }) => code),
    ['no-such-image'],
  );

  const packages = ['--access', 'direct', '--json'];
  const xfs = await copyOfGuest(folder, 'bookworm-xfs');
  const failed = await convertImage(folder, [...address, ...packages, xfs]);
  t.like(await reportOf(t, failed), {
    outcome: { outcome: 'failed', exitCode: 4, state: 'the image is untouched' },
  });

  const env = environmentIn(folder);
  const run = execa({ env, reject: false })`${process.execPath} dist/program/main.js ${[...address, xfs]}`;
  const works = await lookUntil(
    () => readdir(join(folder, 'state', 'work')),
    (names) => names.length > 0,
    20_000,
  );
  t.is(works.length, 1);
  await delay(300);
  run.kill('SIGTERM');
  t.is((await run).exitCode, 143);
  const names = await reportsIn(folder);
  t.is(names.length, 4);
  const last = readRunReport(await readFile(join(folder, 'state', 'reports', names.at(-1) ?? ''), 'utf8'));
  t.like(last, { kind: 'report', report: { outcome: { exitCode: 143 } } });
});

test('a report that can not be written changes nothing', async (t) => {
  const folder = await testFolder(t);
  const image = await copyOfGuest(folder, 'no-os');
  await convertImage(folder, [...address, image]);
  await rm(join(folder, 'state', 'reports'), { recursive: true });
  await writeFile(join(folder, 'state', 'reports'), 'no folder');
  const run = await convertImage(folder, [...address, '--json', image]);
  t.is(run.exitCode, 3);
  t.false('report' in (run.events.at(-1) ?? {}));
  t.regex(run.stdout, /"outcome":"refused"/);
});
