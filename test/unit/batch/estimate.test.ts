import test from 'ava';
import { type Pace, timeLeft } from '../../../src/batch/estimate.js';

const cases: readonly [string, Pace, number | undefined][] = [
  ['nothing is known', { finishedMs: [], runningMs: [10], waiting: 9, elapsedMs: 10 }, undefined],
  ['four are too few', { finishedMs: [10, 10, 10, 10], runningMs: [], waiting: 9, elapsedMs: 40 }, undefined],
  ['one after the other', { finishedMs: [10, 10, 10, 10, 10], runningMs: [], waiting: 9, elapsedMs: 50 }, 90],
  ['two at a time', { finishedMs: Array(10).fill(10), runningMs: [], waiting: 8, elapsedMs: 50 }, 40],
  [
    'one that took long is no reason to be afraid',
    { finishedMs: [10, 10, 10, 10, 960], runningMs: [], waiting: 5, elapsedMs: 1000 },
    50,
  ],
  [
    'of those that run the rest counts',
    { finishedMs: [10, 10, 10, 10, 10], runningMs: [4], waiting: 1, elapsedMs: 54 },
    16,
  ],
  [
    'the last one takes its own time, alone',
    { finishedMs: Array(8).fill(100), runningMs: [10, 90], waiting: 0, elapsedMs: 450 },
    90,
  ],
  [
    'one that takes longer than usual is about to end',
    { finishedMs: [10, 10, 10, 10, 10], runningMs: [500], waiting: 0, elapsedMs: 550 },
    0,
  ],
  [
    'an even number has the middle between two',
    { finishedMs: [10, 10, 10, 20, 20, 20], runningMs: [], waiting: 6, elapsedMs: 90 },
    90,
  ],
];

for (const [title, pace, left] of cases) {
  test(title, (t) => {
    t.is(timeLeft(pace), left);
  });
}
