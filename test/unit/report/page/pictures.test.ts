import test from 'ava';
import { duration, size } from '../../../../src/report/page/format.js';
import { binsOf } from '../../../../src/report/page/histogram.js';
import { median, stageTimes } from '../../../../src/report/page/stage-times.js';
import { placed } from '../../../../src/report/page/standings.js';
import { spansOf } from '../../../../src/report/page/timeline.js';
import { batchOf, convertedReport, vmOf } from '../sample-reports.js';

const withStages = (disk: string, stages: readonly [string, number | undefined][]) =>
  vmOf(
    {
      ...convertedReport(disk),
      stages: stages.map(([stage, milliseconds]) => ({
        stage,
        detail: '',
        ...(milliseconds === undefined ? {} : { milliseconds }),
      })),
    },
    'converted',
  );

test('times by stage: a stage that comes twice is added up, one that did not end is left out', (t) => {
  const vms = [
    withStages('/a', [
      ['open', 10],
      ['verify', 100],
      ['verify', 50],
    ]),
    withStages('/b', [
      ['open', 30],
      ['verify', undefined],
    ]),
    withStages('/c', [
      ['open', 20],
      ['install', 700],
    ]),
  ];
  t.deepEqual(stageTimes(vms), [
    { stage: 'open', runs: 3, medianMs: 20, maximumMs: 30, totalMs: 60 },
    { stage: 'verify', runs: 1, medianMs: 150, maximumMs: 150, totalMs: 150 },
    { stage: 'install', runs: 1, medianMs: 700, maximumMs: 700, totalMs: 700 },
  ]);
});

test('the median', (t) => {
  t.deepEqual(
    [median([]), median([4]), median([9, 1]), median([3, 100, 1]), median([4, 2, 8, 6])],
    [0, 4, 5, 3, 5],
  );
});

test('durations in bins, from the first that has one to the last', (t) => {
  const vms = [0.5, 1, 1.9, 7, 59].map((seconds, index) =>
    vmOf(convertedReport(`/${index}`, 1, seconds), 'converted'),
  );
  t.deepEqual(binsOf(vms), [
    { label: 'below 1 s', count: 1 },
    { label: '1 to 2 s', count: 2 },
    { label: '2 to 5 s', count: 0 },
    { label: '5 to 10 s', count: 1 },
    { label: '10 to 30 s', count: 0 },
    { label: '30 to 60 s', count: 1 },
  ]);
  t.deepEqual(binsOf([]), []);
});

test('a timeline has the runs by their begin, and not those of which nothing is known', (t) => {
  const vms = placed([
    vmOf(convertedReport('/late', 20, 2), 'converted'),
    vmOf(convertedReport('/early', 3, 1.5), 'failed'),
    { disk: '/none', standing: 'not-begun', codes: [] },
  ]);
  t.deepEqual(
    spansOf(vms, batchOf(vms)).map(({ vm, fromMs, untilMs }) => [vm.disk, fromMs, untilMs]),
    [
      ['/early', 3000, 4500],
      ['/late', 20_000, 22_000],
    ],
  );
});

test('durations and sizes as people read them', (t) => {
  t.deepEqual([0, 1840, 9960, 119_000, 725_000, 7_500_000].map(duration), [
    '0.0 s',
    '1.8 s',
    '10 s',
    '119 s',
    '12 min 5 s',
    '2 h 5 min',
  ]);
  t.deepEqual([0, 999, 1000, 327_680, 1_400_000_000].map(size), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '328 kB',
    '1.4 GB',
  ]);
});
