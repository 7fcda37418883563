/** What a worker has done so far, as Prometheus reads it (its text format, version 0.0.4). */
import type { WorkerEvent } from './worker-events.js';

/** Upper bounds in seconds: a direct conversion takes one or two, one with a kernel's installation a quarter of an hour. */
const bounds = [1, 2, 5, 10, 30, 60, 120, 300, 900, 1800, 3600] as const;

const verdicts = ['converted', 'already-pv', 'refused', 'failed', 'inconsistent', 'interrupted'] as const;

export interface WorkerMetrics {
  readonly conversions: Readonly<Record<string, number>>;
  readonly inProgress: number;
  /** Counts below each bound, their number, and their sum. */
  readonly below: readonly number[];
  readonly ended: number;
  readonly sumSeconds: number;
  /** Seconds since 1970; undefined before the first result. */
  readonly lastResult?: number;
  readonly isDatabaseUp: boolean;
  /** Of the host's queue, by pg-boss's state; undefined before it was asked. */
  readonly queue?: Readonly<Record<string, number>>;
}

/** Before the first event. */
export const noMetrics: WorkerMetrics = {
  conversions: {},
  inProgress: 0,
  below: bounds.map(() => 0),
  ended: 0,
  sumSeconds: 0,
  isDatabaseUp: true,
};

/** The metrics after an event that came at this time, in milliseconds since 1970. */
export function metricsAfter(metrics: WorkerMetrics, event: WorkerEvent, nowMs: number): WorkerMetrics {
  switch (event.type) {
    case 'job-started':
    case 'recovery-started':
      return { ...metrics, inProgress: metrics.inProgress + 1 };
    case 'job-finished':
    case 'recovery-finished': {
      const { verdict, milliseconds } = event;
      const seconds = milliseconds / 1000;
      return {
        ...metrics,
        inProgress: metrics.inProgress - 1,
        conversions: { ...metrics.conversions, [verdict]: (metrics.conversions[verdict] ?? 0) + 1 },
        below: metrics.below.map((count, index) => count + (seconds <= (bounds[index] ?? 0) ? 1 : 0)),
        ended: metrics.ended + 1,
        sumSeconds: metrics.sumSeconds + seconds,
        lastResult: nowMs / 1000,
      };
    }
    case 'database-lost':
      return { ...metrics, isDatabaseUp: false };
    case 'database-back':
      return { ...metrics, isDatabaseUp: true };
    default:
      return metrics;
  }
}

const queueStates = ['created', 'retry', 'active', 'completed', 'failed', 'cancelled'] as const;

/** The whole file. */
export function metricsText(metrics: WorkerMetrics, version: string): string {
  const { conversions, inProgress, below, ended, sumSeconds, lastResult, isDatabaseUp, queue } = metrics;
  const duration = 'convert_image_conversion_duration_seconds';
  const families = [
    family('convert_image_build_info', 'gauge', 'The version of the worker; always 1.', [
      sample('convert_image_build_info', 1, { version }),
    ]),
    family(
      'convert_image_conversions_total',
      'counter',
      'Conversions that have ended since the worker began, by verdict.',
      verdicts.map((verdict) =>
        sample('convert_image_conversions_total', conversions[verdict] ?? 0, { verdict }),
      ),
    ),
    family('convert_image_conversions_in_progress', 'gauge', 'Conversions at work.', [
      sample('convert_image_conversions_in_progress', inProgress),
    ]),
    family(duration, 'histogram', 'How long conversions took that have ended.', [
      ...bounds.map((bound, index) => sample(`${duration}_bucket`, below[index] ?? 0, { le: String(bound) })),
      sample(`${duration}_bucket`, ended, { le: '+Inf' }),
      sample(`${duration}_sum`, sumSeconds),
      sample(`${duration}_count`, ended),
    ]),
    family('convert_image_database_up', 'gauge', 'Whether the queue could be reached the last time.', [
      sample('convert_image_database_up', isDatabaseUp ? 1 : 0),
    ]),
    ...(queue === undefined
      ? []
      : [
          family(
            'convert_image_queue_jobs',
            'gauge',
            "Jobs in this host's queue, by state.",
            queueStates.map((state) => sample('convert_image_queue_jobs', queue[state] ?? 0, { state })),
          ),
        ]),
    ...(lastResult === undefined
      ? []
      : [
          family('convert_image_last_result_timestamp_seconds', 'gauge', 'When a conversion ended last.', [
            sample('convert_image_last_result_timestamp_seconds', lastResult),
          ]),
        ]),
  ];
  return families.join('');
}

const family = (name: string, type: string, help: string, samples: readonly string[]): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('')}`;

function sample(name: string, value: number, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
