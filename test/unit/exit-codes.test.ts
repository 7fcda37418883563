import test from 'ava';
import {
  CommitError,
  ConversionError,
  InterruptedError,
  RecordError,
  ToolError,
  UsageError,
  VerificationError,
} from '../../src/errors.js';
import type { Outcome } from '../../src/events.js';
import { consequenceOf, exitCodeOf, failureOutcome } from '../../src/exit-codes.js';

const untouched = 'the image is untouched';

// The numbers are design section 4's.
const cases: readonly [string, unknown, number, string, string][] = [
  ['usage', new UsageError('x'), 2, 'usage', untouched],
  ['a tool', new ToolError('x'), 4, 'failed', untouched],
  ['verification', new VerificationError('x'), 5, 'not-verified', untouched],
  ['a commit', new CommitError('x'), 6, 'commit-failed', 'the image is neither old nor new'],
  [
    'a record',
    new RecordError('x'),
    6,
    'record-not-flipped',
    'the disk is converted and still boots as HVM; the record is not flipped',
  ],
  ['Ctrl-C', new InterruptedError('SIGINT'), 130, 'interrupted', untouched],
  ['kill', new InterruptedError('SIGTERM'), 143, 'interrupted', untouched],
  ['hangup', new InterruptedError('SIGHUP'), 129, 'interrupted', untouched],
  ['a bug', new TypeError('x'), 1, 'bug', 'the state of the image is not known'],
  ['the general class', new ConversionError('x'), 1, 'bug', 'the state of the image is not known'],
  ['a thrown string', 'x', 1, 'bug', 'the state of the image is not known'],
  ['nothing', undefined, 1, 'bug', 'the state of the image is not known'],
];

for (const [title, error, exitCode, code, state] of cases) {
  test(`${title} ends with ${exitCode}`, (t) => {
    t.deepEqual(consequenceOf(error), { exitCode, code, state });
    t.is(exitCodeOf(failureOutcome('/x.img', error)), exitCode);
  });
}

test('what failed, with its remedy', (t) => {
  t.deepEqual(failureOutcome('/x.img', new ToolError('qemu-img failed', { remedy: 'look' })), {
    type: 'outcome',
    disk: '/x.img',
    outcome: 'failed',
    exitCode: 4,
    state: untouched,
    problems: [{ code: 'failed', message: 'qemu-img failed', remedy: 'look' }],
  });
});

test('a bug asks to be reported', (t) => {
  t.like(failureOutcome('/x.img', new TypeError('x is not a function')), {
    problems: [
      {
        code: 'bug',
        message: 'x is not a function',
        remedy: 'this is a bug in convert-image: please report it with the log',
      },
    ],
  });
});

const outcomes: readonly [Outcome, number][] = [
  [{ type: 'outcome', disk: '', outcome: 'planned', problems: [] }, 0],
  [{ type: 'outcome', disk: '', outcome: 'inspected', problems: [] }, 0],
  [{ type: 'outcome', disk: '', outcome: 'verified', problems: [] }, 0],
  [
    { type: 'outcome', disk: '', outcome: 'converted', problems: [], record: { kind: 'written', path: '' } },
    0,
  ],
  [
    { type: 'outcome', disk: '', outcome: 'already-pv', problems: [], record: { kind: 'none', reason: '' } },
    0,
  ],
  [{ type: 'outcome', disk: '', outcome: 'boots', problems: [], boot: { seconds: {}, login: '' } }, 0],
  [{ type: 'outcome', disk: '', outcome: 'refused', problems: [] }, 3],
];

for (const [outcome, exitCode] of outcomes) {
  test(`${outcome.outcome} is ${exitCode}`, (t) => {
    t.is(exitCodeOf(outcome), exitCode);
  });
}
