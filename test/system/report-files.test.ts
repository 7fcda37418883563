/** `report` on reports that lie there: which it takes, what it says of the others, and what it writes to. */
import { chmod, chown, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { BatchReport } from '../../src/batch/batch-report.js';
import type { RunReport } from '../../src/run-report.js';
import {
  attribute,
  classed,
  type Element,
  elements,
  parsed,
  section,
  tagged,
  textOf,
} from '../unit/report/parsed-page.js';
import { batchOf, convertedReport, troubledReport, troubles } from '../unit/report/sample-reports.js';
import { convertImage, testFolder } from './program.js';

async function save(
  folder: string,
  kind: 'reports' | 'batches',
  name: string,
  report: object,
): Promise<string> {
  const place = join(folder, 'state', kind);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, name), JSON.stringify(report));
  return join(place, name);
}

const saveRun = (folder: string, time: string, report: RunReport): Promise<string> =>
  save(folder, 'reports', `${time}-x.img-7.json`, report);

/** A summary in which these images have ended so, or not begun. */
function summaryOf(images: BatchReport['images'], more: Partial<BatchReport> = {}): BatchReport {
  const { ended: _, exitCode: __, ...report } = batchOf([]).report;
  return { ...report, images, ...more };
}

async function pageOf(t: ExecutionContext, folder: string, ...args: readonly string[]): Promise<Element> {
  const path = join(folder, 'page.html');
  const run = await convertImage(folder, ['report', ...args, '--output', path]);
  t.is(run.exitCode, 0, run.stderr);
  t.true(run.stdout.startsWith(`${path} shows `), run.stdout);
  return parsed(await readFile(path, 'utf8'));
}

/** `/a converted`, as the page's rows have it. */
const rowsOf = (page: Element): string[] =>
  classed(page, 'vm').map((vm) =>
    [textOf(tagged(vm, 'h3')[0] ?? page), textOf(classed(vm, 'badge')[0] ?? page).slice(2)].join(' '),
  );

test('without a batch: the newest run of each disk, and what can not be read', async (t) => {
  const folder = await testFolder(t);
  await saveRun(folder, '20261127T010000Z', troubledReport('/srv/a', troubles.failed));
  await saveRun(folder, '20261127T020000Z', convertedReport('/srv/a'));
  await saveRun(folder, '20261127T013000Z', troubledReport('/srv/b', troubles.half));
  await save(folder, 'reports', '20261127T030000Z-c-7.json', { version: 9 });
  await writeFile(join(folder, 'state', 'reports', '20261127T040000Z-d-7.json'), '{"version": 1, ');
  const page = await pageOf(t, folder);
  t.deepEqual(rowsOf(page), ['/srv/b needs a person', '/srv/a converted']);
  const unreadable = textOf(section(page, 'unreadable') ?? page);
  t.regex(unreadable, /-c-7\.json: it has version 9; .*/);
  t.regex(unreadable, /-d-7\.json: it is not JSON/);
});

test('the newest batch, and one that is named by its summary', async (t) => {
  const folder = await testFolder(t);
  const report = await saveRun(folder, '20261127T010000Z', convertedReport('/srv/a'));
  const images = [{ disk: '/srv/a', verdict: 'converted' as const, codes: [], report }];
  const old = await save(folder, 'batches', '20261127T010000Z-7.json', {
    ...summaryOf(images),
    ended: '2026-11-27T01:10:00.000Z',
  });
  const gone = {
    disk: '/srv/gone',
    verdict: 'failed' as const,
    codes: ['failed'],
    report: '/nowhere/gone.json',
  };
  await save(folder, 'batches', '20261127T020000Z-8.json', {
    ...summaryOf([...images, gone]),
    ended: '2026-11-27T02:10:00.000Z',
  });
  await writeFile(join(folder, 'state', 'batches', '20261127T030000Z-9.json'), 'half');
  const newest = await pageOf(t, folder);
  t.deepEqual(rowsOf(newest), ['/srv/gone failed', '/srv/a converted']);
  const unreadable = tagged(section(newest, 'unreadable') ?? newest, 'li').map(textOf);
  t.is(unreadable.length, 2);
  t.regex(unreadable[0] ?? '', /20261127T030000Z-9\.json: it is not JSON/);
  t.regex(unreadable[1] ?? '', /^\/nowhere\/gone\.json: ENOENT/);
  t.regex(textOf(classed(newest, 'vm')[0] ?? newest), /convert-image status \/srv\/gone says what is so/);
  t.deepEqual(rowsOf(await pageOf(t, folder, old)), ['/srv/a converted']);

  const wrong = await convertImage(folder, ['report', report, '--output', join(folder, 'other.html')]);
  t.is(wrong.exitCode, 3);
  t.regex(wrong.stderr, /no page was made; nothing was written\n .* can't be read as a batch's summary/);
});

test('a batch that was killed is shown as such, with what its conversions did last', async (t) => {
  const folder = await testFolder(t);
  const old = { ...convertedReport('/srv/b'), started: '2026-11-26T02:00:00.000Z' };
  await saveRun(folder, '20261126T020000Z', old);
  await saveRun(folder, '20261127T020001Z', convertedReport('/srv/a'));
  const images = ['/srv/a', '/srv/b'].map((disk) => ({ disk, verdict: 'not-begun' as const, codes: [] }));
  // One more than Linux ever gives (proc(5), pid_max).
  const pid = 4_194_305;
  await save(folder, 'batches', `20261127T020000Z-${pid}.json`, summaryOf(images, { host: hostname() }));
  const page = await pageOf(t, folder);
  t.deepEqual(rowsOf(page), ['/srv/b not begun', '/srv/a converted']);
  t.regex(classed(page, 'warning').map(textOf).join(), /^This batch was killed before its end/);

  await save(
    folder,
    'batches',
    `20261127T020002Z-${process.pid}.json`,
    summaryOf(images, { host: hostname() }),
  );
  const open = await pageOf(t, folder);
  t.regex(classed(open, 'warning').map(textOf).join(), /^This batch’s summary says no end: it still runs/);
});

test('a list means the newest batch that was given it, or else the runs of its disks', async (t) => {
  const folder = await testFolder(t);
  const list = join(folder, 'list.yaml');
  await writeFile(list, `images:\n  - ${join(folder, 'a.img')}\n  - ${join(folder, 'b.img')}\n`);
  await saveRun(folder, '20261127T010000Z', convertedReport(join(folder, 'a.img')));
  await saveRun(folder, '20261127T010001Z', convertedReport('/srv/other'));
  const runs = await pageOf(t, folder, list);
  t.deepEqual(rowsOf(runs), [`${join(folder, 'b.img')} no report`, `${join(folder, 'a.img')} converted`]);
  t.deepEqual(rowsOf(await pageOf(t, folder, join(folder, 'a.img'))), [`${join(folder, 'a.img')} converted`]);

  const ended = { ended: '2026-11-27T02:10:00.000Z' };
  const of = (disk: string, lists: string[]) => ({
    ...summaryOf([{ disk, verdict: 'refused' as const, codes: ['empty-disk'] }], { lists }),
    ...ended,
  });
  await save(folder, 'batches', '20261127T020000Z-7.json', of(join(folder, 'a.img'), [list]));
  await save(folder, 'batches', '20261127T030000Z-7.json', of('/srv/c', ['other.yaml']));
  t.deepEqual(rowsOf(await pageOf(t, folder, list)), [`${join(folder, 'a.img')} refused`]);
  t.deepEqual(rowsOf(await pageOf(t, folder)), ['/srv/c refused']);

  await writeFile(list, 'images: [{dsik: x}]\n');
  const mistaken = await convertImage(folder, ['report', list, '--output', '-']);
  t.is(mistaken.exitCode, 2);
  t.regex(mistaken.stderr, /list\.yaml:1:\d+/);
});

test('only a page of its own is overwritten, and its mode is kept', async (t) => {
  const folder = await testFolder(t);
  await saveRun(folder, '20261127T010000Z', convertedReport('/srv/a'));
  const page = join(folder, 'page.html');
  const make = (...args: string[]) => convertImage(folder, ['report', ...args]);
  t.is((await make('--output', page)).exitCode, 0);
  t.is((await stat(page)).mode & 0o777, 0o600);
  await chmod(page, 0o644);
  await symlink('page.html', join(folder, 'link.html'));
  t.is((await make('--output', join(folder, 'link.html'))).exitCode, 0);
  t.is((await stat(page)).mode & 0o777, 0o644);

  const foreign = join(folder, 'foreign.html');
  await copyFile(page, foreign);
  await chown(foreign, 65_534, 65_534);
  const mine = join(folder, 'mine.html');
  await writeFile(mine, '<!doctype html><title>mine</title>');
  for (const [output, reason] of [
    [foreign, /belongs to another user/],
    [mine, /is there already and is no page of convert-image/],
    [folder, /is not a file/],
    ['/dev/null', /is not a file/],
  ] as const) {
    const run = await make('--output', output);
    t.is(run.exitCode, 3);
    t.regex(run.stderr, reason);
    t.regex(run.stderr, /what to do: (name|remove)/);
  }
  t.is(await readFile(mine, 'utf8'), '<!doctype html><title>mine</title>');
  const nowhere = await make('--output', join(folder, 'none', 'page.html'));
  t.is(nowhere.exitCode, 4);
  t.regex(nowhere.stderr, /can't be written: ENOENT/);
  t.deepEqual((await readdir(folder)).sort(), [
    'foreign.html',
    'link.html',
    'mine.html',
    'page.html',
    'state',
  ]);
});

test('standard output has the page alone; without --output, or with nothing to show, there is none', async (t) => {
  const folder = await testFolder(t);
  const none = await convertImage(folder, ['report', '--output', '-']);
  t.is(none.exitCode, 3);
  t.is(none.stdout, '');
  t.regex(none.stderr, /there are no reports in .*\n .*what to do: convert something first/);
  t.deepEqual(await readdir(folder), []);

  await saveRun(folder, '20261127T010000Z', convertedReport('/srv/a'));
  const run = await convertImage(folder, ['report', '--output', '-']);
  t.is(run.exitCode, 0);
  t.true(run.stdout.startsWith('<!doctype html>\n'));
  t.true(run.stdout.endsWith('</html>'));
  const ids = elements(parsed(run.stdout)).flatMap((element) => attribute(element, 'id') ?? []);
  t.true(ids.includes('vm-1'));
  t.is((await convertImage(folder, ['report'])).exitCode, 2);
  t.is((await convertImage(folder, ['report', '--json', '--output', '-'])).exitCode, 2);
  const json = await convertImage(folder, ['report', '--json', '--output', join(folder, 'page.html')]);
  t.like(json.events.at(-1), { outcome: 'reported', page: join(folder, 'page.html'), vms: 1, unreadable: 0 });
});
