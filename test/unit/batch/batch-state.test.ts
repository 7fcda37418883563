import test from 'ava';
import type { ImageResult, Verdict } from '../../../src/batch/batch-events.js';
import { type BatchState, countsOf, outcomeOf, reported } from '../../../src/batch/batch-state.js';
import type { Entry } from '../../../src/batch/entry.js';

const entry = (disk: string): Entry => ({ disk, options: {}, tags: [], labels: {}, places: {} });
const problem = { code: 'c', message: 'm', remedy: 'r' };
const result = (disk: string, verdict: Verdict): ImageResult => ({
  disk,
  verdict,
  milliseconds: 7,
  problems: verdict === 'converted' ? [] : [problem],
});

/** Images that ended in the opposite order, and one that has not begun for each `undefined`. */
const stateOf = (verdicts: readonly (Verdict | undefined)[], signal?: string): BatchState => ({
  entries: verdicts.map((_, index) => entry(`/${index}`)),
  results: new Map(
    [...verdicts.entries()]
      .toReversed()
      .flatMap(([index, verdict]) => (verdict === undefined ? [] : [[index, result(`/${index}`, verdict)]])),
  ),
  signal,
});

// The numbers are the README's.
const codes: readonly [readonly (Verdict | undefined)[], string | undefined, number][] = [
  [['converted', 'already-pv', 'planned'], undefined, 0],
  [[], undefined, 0],
  [['converted', 'refused'], undefined, 7],
  [['failed'], undefined, 7],
  [['converted', undefined], undefined, 7],
  [['converted', 'interrupted'], undefined, 7],
  [['refused', 'inconsistent', 'failed'], undefined, 6],
  [['converted', 'interrupted', undefined], 'SIGINT', 130],
  [['interrupted'], 'SIGTERM', 143],
  [['converted', 'converted'], 'SIGHUP', 129],
  [['inconsistent', undefined], 'SIGTERM', 6],
];

for (const [verdicts, signal, exitCode] of codes) {
  test(`${verdicts.map((verdict) => verdict ?? 'not begun').join(', ')}${signal ?? ''} ends with ${exitCode}`, (t) => {
    t.is(outcomeOf(stateOf(verdicts, signal), '/reports').exitCode, exitCode);
  });
}

test('the outcome tells problems in the order of the list, and what has not begun', (t) => {
  const state = { ...stateOf(['refused', 'converted', 'failed', undefined]), stopped: 'canary' as const };
  t.deepEqual(outcomeOf(state, '/reports'), {
    type: 'outcome',
    outcome: 'batch',
    exitCode: 7,
    counts: {
      total: 4,
      converted: 1,
      'already-pv': 0,
      planned: 0,
      refused: 1,
      failed: 1,
      inconsistent: 0,
      interrupted: 0,
      'not-begun': 1,
    },
    problems: [
      { ...problem, disk: '/0' },
      { ...problem, disk: '/2' },
    ],
    notBegun: ['/3'],
    stopped: 'canary',
    reports: '/reports',
  });
});

test('the report has every image, by its codes; its problems only where no run report has them', (t) => {
  const { images, counts } = reported(stateOf(['refused', undefined]));
  t.deepEqual(images, [
    { disk: '/0', verdict: 'refused', milliseconds: 7, codes: ['c'], problems: [problem] },
    { disk: '/1', verdict: 'not-begun', codes: [] },
  ]);
  t.deepEqual(counts, countsOf(stateOf(['refused', undefined])));
  const told = { ...result('/0', 'refused'), report: '/reports/0.json' };
  t.deepEqual(reported({ entries: [entry('/0')], results: new Map([[0, told]]) }).images, [
    { disk: '/0', verdict: 'refused', milliseconds: 7, codes: ['c'], report: '/reports/0.json' },
  ]);
});
