import test from 'ava';
import { type RunReport, readRunReport } from '../../src/run-report.js';

const report: RunReport = {
  version: 1,
  disk: '/srv/web1.img',
  host: 'xen1',
  program: '0.1.0',
  started: '2026-11-27T16:00:00.000Z',
  ended: '2026-11-27T16:00:02.000Z',
  milliseconds: 2000,
  outcome: { outcome: 'converted', exitCode: 0, problems: [] },
  steps: [{ path: '/etc/fstab', change: 'changed', reasons: ['sda'], diff: '-a\n+b\n' }],
  notices: [],
  record: { kind: 'none', reason: '--record none was given' },
  stages: [{ stage: 'open', detail: '/srv/web1.img', milliseconds: 3 }],
  log: '/var/lib/convert-image/log/x.log',
};

test('a report is read back as it was written', (t) => {
  t.deepEqual(readRunReport(JSON.stringify(report)), { kind: 'report', report });
});

test('keys of a later program are no harm', (t) => {
  const later = { ...report, weather: 'rain', outcome: { ...report.outcome, mood: 'good' } };
  t.deepEqual(readRunReport(JSON.stringify(later)), { kind: 'report', report });
});

const unreadable: readonly [string, string, RegExp][] = [
  ['half a file', JSON.stringify(report).slice(0, 200), /not JSON, or not all of it/],
  ['an empty file', '', /not JSON/],
  ['another version', JSON.stringify({ ...report, version: 2 }), /version 2; this program reads version 1/],
  ['a version that is a word', JSON.stringify({ ...report, version: '1' }), /version "1"/],
  ['no version', '{"disk":"/srv/web1.img"}', /no version/],
  ['a list', '[]', /no version/],
  ['a number', '1', /no version/],
  ['a wrong type', JSON.stringify({ ...report, milliseconds: 'two' }), /milliseconds/],
  ['an unknown kind of record', JSON.stringify({ ...report, record: { kind: 'lost' } }), /record/],
];

for (const [title, text, reason] of unreadable) {
  test(`${title} is answered with the reason`, (t) => {
    const reading = readRunReport(text);
    t.is(reading.kind, 'unreadable');
    t.regex(reading.kind === 'unreadable' ? reading.reason : '', reason);
  });
}
