import test from 'ava';
import { type BatchReport, readBatchReport, withoutSecrets } from '../../../src/batch/batch-report.js';

const report: BatchReport = {
  version: 1,
  host: 'xen1',
  program: '0.1.0',
  started: '2026-11-27T16:00:00.000Z',
  lists: ['web.yaml'],
  rules: { jobs: 2, canary: 0, where: ['tag=web'] },
  options: { site: 'xvm', headers: false, dns: ['18.70.0.160'] },
  counts: {
    total: 1,
    converted: 0,
    'already-pv': 0,
    planned: 0,
    refused: 1,
    failed: 0,
    inconsistent: 0,
    interrupted: 0,
    'not-begun': 0,
  },
  images: [{ disk: '/srv/web1.img', verdict: 'refused', exitCode: 3, codes: ['no-kernel'], milliseconds: 5 }],
};

test('a report is read back as it was written, while it runs and after its end', (t) => {
  t.deepEqual(readBatchReport(JSON.stringify(report)), { kind: 'report', report });
  const ended = { ...report, ended: '2026-11-27T16:10:00.000Z', exitCode: 7, stopped: 'failures' as const };
  t.deepEqual(readBatchReport(JSON.stringify(ended)), { kind: 'report', report: ended });
});

test('another version, and something else, are answered with the reason', (t) => {
  t.like(readBatchReport(JSON.stringify({ ...report, version: 2 })), { kind: 'unreadable' });
  const reading = readBatchReport(JSON.stringify({ ...report, images: 3 }));
  t.regex(reading.kind === 'unreadable' ? reading.reason : '', /images/);
});

const texts: readonly [string, string][] = [
  ['http://me:secret@mirror.example/debian', 'http://(hidden)@mirror.example/debian'],
  ['invirt:postgres://me@db.example/invirt#web1', 'invirt:postgres://(hidden)@db.example/invirt#web1'],
  ['http://mirror.example/a@b', 'http://mirror.example/a@b'],
  ['xl:/etc/xen/me@home', 'xl:/etc/xen/me@home'],
];

for (const [text, shown] of texts) {
  test(`without secrets: ${shown}`, (t) => {
    t.is(withoutSecrets(text), shown);
  });
}
