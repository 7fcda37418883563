import test from 'ava';
import type { ImageResult } from '../../../src/batch/batch-events.js';
import { metricsAfter, metricsText, noMetrics } from '../../../src/fleet/metrics.js';
import type { WorkerEvent } from '../../../src/fleet/worker-events.js';
import { readExposition } from './exposition-format.js';

const started = (disk: string): WorkerEvent => ({ type: 'job-started', job: 'j', disk, retries: 0 });
const finished = (verdict: ImageResult['verdict'], milliseconds: number): WorkerEvent => ({
  type: 'job-finished',
  job: 'j',
  disk: '/srv/a.img',
  verdict,
  milliseconds,
  problems: [],
});

const after = (events: readonly WorkerEvent[]) =>
  events.reduce((metrics, event) => metricsAfter(metrics, event, 1_700_000_000_500), noMetrics);

const valueIn = (text: string, name: string, labels: Record<string, string> = {}): number | undefined => {
  const samples = [...readExposition(text).values()].flatMap((family) => family.samples);
  return samples.find(
    (sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels),
  )?.value;
};

test('before anything has happened', (t) => {
  const text = metricsText(noMetrics, '0.1.0');
  t.is(valueIn(text, 'convert_image_build_info', { version: '0.1.0' }), 1);
  t.is(valueIn(text, 'convert_image_conversions_total', { verdict: 'converted' }), 0);
  t.is(valueIn(text, 'convert_image_last_result_timestamp_seconds'), undefined);
  t.false(readExposition(text).has('convert_image_queue_jobs'));
});

test('counts, times and what runs', (t) => {
  const metrics = after([
    started('/a'),
    started('/b'),
    started('/c'),
    finished('converted', 1500),
    finished('refused', 400),
    { type: 'database-lost', message: '' },
  ]);
  const text = metricsText({ ...metrics, queue: { created: 7, failed: 1 } }, '1');
  const duration = 'convert_image_conversion_duration_seconds';
  t.is(valueIn(text, 'convert_image_conversions_total', { verdict: 'converted' }), 1);
  t.is(valueIn(text, 'convert_image_conversions_total', { verdict: 'refused' }), 1);
  t.is(valueIn(text, 'convert_image_conversions_in_progress'), 1);
  t.is(valueIn(text, `${duration}_bucket`, { le: '1' }), 1);
  t.is(valueIn(text, `${duration}_bucket`, { le: '2' }), 2);
  t.is(valueIn(text, `${duration}_bucket`, { le: '+Inf' }), 2);
  t.is(valueIn(text, `${duration}_sum`), 1.9);
  t.is(valueIn(text, `${duration}_count`), 2);
  t.is(valueIn(text, 'convert_image_database_up'), 0);
  t.is(valueIn(text, 'convert_image_queue_jobs', { state: 'created' }), 7);
  t.is(valueIn(text, 'convert_image_queue_jobs', { state: 'active' }), 0);
  t.is(valueIn(text, 'convert_image_last_result_timestamp_seconds'), 1_700_000_000.5);
});

test('a version that would break the format', (t) => {
  t.is(valueIn(metricsText(noMetrics, 'a"\\\n'), 'convert_image_build_info', { version: 'a\\"\\\\\\n' }), 1);
});

test('the reader notices what the format forbids', (t) => {
  const good = metricsText(noMetrics, '1');
  for (const [from, to] of [
    ['# TYPE convert_image_database_up gauge\n', ''],
    ['convert_image_database_up 1\n', 'convert_image_database_up 1\nconvert_image_database_up 1\n'],
    ['_bucket{le="2"} 0', '_bucket{le="2"} -1'],
    ['_bucket{le="+Inf"} 0', '_bucket{le="+Inf"} 3'],
    ['convert_image_database_up 1', 'convert_image_database_up up'],
  ] as const)
    t.throws(() => readExposition(good.replace(from, to)), undefined, from);
});
