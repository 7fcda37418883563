import test from 'ava';
import type { BatchEvent, Verdict } from '../../../src/batch/batch-events.js';
import { boardAfter, boardText, emptyBoard } from '../../../src/reporters/batch-board.js';

type Timed = readonly [number, BatchEvent];

const boardOf = (events: readonly Timed[]) =>
  events.reduce((board, [second, event]) => boardAfter(board, event, second * 1000), emptyBoard);

const begun = (images: number): BatchEvent => ({ type: 'batch-started', images, jobs: 2, dryRun: false });
const started = (disk: string): BatchEvent => ({ type: 'image-started', disk });
const stage = (disk: string, name: string): BatchEvent => ({
  type: 'image-event',
  disk,
  event: { type: 'stage-started', stage: name, detail: '' },
});
const finished = (disk: string, verdict: Verdict, seconds: number): BatchEvent => ({
  type: 'image-finished',
  disk,
  verdict,
  problems: [],
  milliseconds: seconds * 1000,
});

test('a line for each that runs, with its stage and how long it has been in it', (t) => {
  const events: Timed[] = [
    [0, begun(3)],
    [0, started('/a')],
    [1, started('/b')],
    [2, stage('/a', 'inspect')],
    [3, { type: 'image-event', disk: '/a', event: { type: 'heartbeat', stage: 'inspect' } }],
    [3, stage('/gone', 'inspect')],
  ];
  t.is(boardText(boardOf(events), 12_900).value, '/a  inspect  10 s\n/b  start  11 s\n0/3 done');
});

test('those that have ended are counted', (t) => {
  const events: Timed[] = [
    [0, begun(9)],
    ...(['refused', 'failed', 'inconsistent', 'converted'] as const).flatMap((verdict, index): Timed[] => [
      [0, started(`/${index}`)],
      [5, finished(`/${index}`, verdict, 5)],
    ]),
  ];
  t.is(boardText(boardOf(events), 5000).value, '4/9 done, 1 refused, 2 failed');
});

const times: readonly [string, number, number, string][] = [
  ['tens of seconds', 10, 4, '9/13 done, about 40 s left'],
  ['at least ten', 1, 4, '9/13 done, about 10 s left'],
  ['minutes', 60, 12, '9/21 done, about 12 min left'],
  ['hours', 600, 31, '9/40 done, about 5 h 10 min left'],
];

for (const [title, seconds, waiting, line] of times) {
  test(`what is left, in ${title}`, (t) => {
    const events: Timed[] = [
      [0, begun(9 + waiting)],
      ...Array.from(
        { length: 9 },
        (_, index): Timed => [seconds * (index + 1), finished(`/${index}`, 'converted', seconds)],
      ),
    ];
    t.is(boardText(boardOf(events), seconds * 9 * 1000).value, line);
  });
}
