import test from 'ava';
import { readOutput, storable, withReport } from '../../../src/fleet/job-output.js';
import { convertedReport } from '../report/sample-reports.js';

const output = { version: 1, verdict: 'converted', problems: [], reportPath: '/var/r.json' } as const;
const report = convertedReport('/srv/web1.img');

const withDiffs = (diff: string, count: number) => ({
  ...report,
  steps: Array.from({ length: count }, (_, index) => ({
    path: `/etc/${index}`,
    change: 'changed' as const,
    reasons: ['because'],
    diff,
  })),
});

test('an ordinary report is kept whole, and read back', (t) => {
  const kept = withReport({ ...output, problems: [] }, report);
  t.deepEqual(kept.report, report);
  t.deepEqual(readOutput(JSON.parse(JSON.stringify(kept))), kept);
});

test('long diffs go, with a sentence that says where they are', (t) => {
  const kept = withReport({ ...output, problems: [] }, withDiffs('x'.repeat(60_000), 10));
  t.is(kept.report?.steps.length, 10);
  t.is(
    kept.report?.steps[0]?.diff,
    `The diff has 60000 characters; /var/r.json on ${report.host} holds it.\n`,
  );
  t.true(JSON.stringify(kept).length < 256 * 1024);
});

test('a report that is still too long goes', (t) => {
  t.is(withReport({ ...output, problems: [] }, withDiffs('x', 10_000)).report, undefined);
});

test('jsonb takes neither NUL nor half a surrogate pair', (t) => {
  const text = 'a\0b\ud800c😀';
  t.deepEqual(storable({ list: [text], deep: { text } }), {
    list: ['a\ufffdb\ufffdc😀'],
    deep: { text: 'a\ufffdb\ufffdc😀' },
  });
});

test('an output that nobody knows is none', (t) => {
  for (const value of [
    null,
    {},
    { value: { message: 'job failed by timeout in active state' } },
    { ...output, version: 2 },
  ])
    t.is(readOutput(value), undefined);
});
