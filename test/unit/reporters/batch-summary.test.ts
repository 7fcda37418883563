import test from 'ava';
import type { BatchOutcome } from '../../../src/batch/batch-events.js';
import { countsText, summaryText } from '../../../src/reporters/batch-summary.js';
import { choosePaint } from '../../../src/reporters/paint.js';

const none = {
  total: 0,
  converted: 0,
  'already-pv': 0,
  planned: 0,
  refused: 0,
  failed: 0,
  inconsistent: 0,
  interrupted: 0,
  'not-begun': 0,
};
const plain = choosePaint('never', false, {});
const problem = (disk: string, code: string, message: string, remedy: string) => ({
  disk,
  code,
  message,
  remedy,
});

const outcome: BatchOutcome = {
  type: 'outcome',
  outcome: 'batch',
  exitCode: 7,
  counts: { ...none, total: 8, converted: 2, refused: 3, failed: 1, 'not-begun': 2 },
  problems: [
    problem('/srv/a.img', 'no-kernel', '/srv/a.img has no kernel', 'look at it'),
    problem('/srv/b.img', 'encrypted', '/srv/b.img is encrypted', 'convert-image inspect /srv/b.img'),
    problem('/srv/c.img', 'encrypted', '/srv/c.img is encrypted', 'convert-image inspect /srv/c.img'),
    problem('/srv/\x1b[31m.img', 'encrypted', 'another reason', ''),
  ],
  notBegun: ['/srv/y.img', '/srv/z.img'],
  stopped: 'failures',
  reports: '/state/reports',
  report: '/state/batches/x.json',
};

test('reasons that differ in the disk only are one; the most frequent comes first', (t) => {
  t.is(
    summaryText(outcome, plain).value,
    `8 images: 2 converted, 3 refused, 1 failed, 2 not begun
2 × encrypted: DISK is encrypted
  what to do: convert-image inspect DISK
    /srv/b.img
    /srv/c.img
1 × no-kernel: /srv/a.img has no kernel
  what to do: look at it
    /srv/a.img
1 × encrypted: another reason
    /srv/\\x1b[31m.img
not begun, since too many had failed
    /srv/y.img
    /srv/z.img
reports: /state/reports
this batch: /state/batches/x.json`,
  );
});

test('a batch in which all went well is one line with its reports', (t) => {
  const counts = { ...none, total: 1, 'already-pv': 1 };
  const { stopped: _, report: __, ...rest } = outcome;
  const text = summaryText({ ...rest, counts, problems: [], notBegun: [] }, plain).value;
  t.is(text, '1 image: 1 ready for PV already\nreports: /state/reports');
});

test('every count is told that isn’t zero', (t) => {
  const counts = {
    total: 36,
    converted: 1,
    'already-pv': 2,
    planned: 3,
    refused: 4,
    failed: 5,
    inconsistent: 6,
    interrupted: 7,
    'not-begun': 8,
  };
  t.is(
    countsText(counts),
    '36 images: 1 converted, 2 ready for PV already, 3 to be converted, 4 refused, 5 failed, 6 inconsistent, 7 interrupted, untouched, 8 not begun',
  );
});
