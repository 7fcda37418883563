import test from 'ava';
import type { ImageResult } from '../../../src/batch/batch-events.js';
import { type Disposition, dispositionOf } from '../../../src/fleet/disposition.js';

const entry = (options: Record<string, boolean> = {}) => ({
  disk: '/srv/a.img',
  options,
  tags: [],
  labels: {},
  places: {},
});

const result = (
  verdict: ImageResult['verdict'],
  exitCode?: number,
  codes: readonly string[] = [],
): ImageResult => ({
  disk: '/srv/a.img',
  verdict,
  milliseconds: 1,
  problems: codes.map((code) => ({ code, message: '', remedy: '' })),
  ...(exitCode === undefined ? {} : { exitCode }),
});

// What can pass by itself is tried again; the rest needs a person. Exit codes are design section 4's.
const cases: readonly [string, ImageResult, Disposition][] = [
  ['converted', result('converted', 0), 'complete'],
  ['already PV', result('already-pv', 0), 'complete'],
  ['a tool failed', result('failed', 4, ['failed']), 'again'],
  ['its process was killed', result('failed', undefined, ['process-died']), 'again'],
  ['half written', result('inconsistent', 6, ['commit-failed']), 'again'],
  ['the record is not flipped', result('inconsistent', 6, ['record-not-flipped']), 'again'],
  ['in use', result('refused', 3, ['image-in-use']), 'again'],
  ["the record's database is away", result('refused', 3, ['record-unreachable']), 'again'],
  ['in use, and no system', result('refused', 3, ['image-in-use', 'no-operating-system']), 'dead'],
  ['no system', result('refused', 3, ['no-operating-system']), 'dead'],
  ['refused without a reason', result('refused', 3), 'dead'],
  ['not as planned', result('failed', 5, ['not-verified']), 'dead'],
  ['a wrong option', result('failed', 2, ['usage']), 'dead'],
  ['a bug', result('failed', 1, ['bug']), 'dead'],
  ['stopped by somebody', result('interrupted', 143), 'again'],
];

for (const [title, given, expected] of cases) {
  test(`${title}: ${expected}`, (t) => {
    t.is(dispositionOf(given, entry(), false), expected);
  });
}

test('what the worker itself has stopped goes back, and nothing else does', (t) => {
  t.is(dispositionOf(result('interrupted', 143), entry(), true), 'give-back');
  t.is(dispositionOf(result('converted', 0), entry(), true), 'complete');
  t.is(dispositionOf(result('inconsistent', 6, ['commit-failed']), entry(), true), 'again');
});

test('a boot test may have met a busy host', (t) => {
  t.is(dispositionOf(result('failed', 5, ['not-verified']), entry({ 'boot-test': true }), false), 'again');
});
