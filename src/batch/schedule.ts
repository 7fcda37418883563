import type { StopReason, Verdict } from './batch-events.js';

/** What the user set. */
export interface Rules {
  /** At most so many at the same time. */
  readonly jobs: number;
  /** So many first; the rest only when all of them were converted. 0: none. */
  readonly canary: number;
  /** No new ones after so many failures; undefined: whatever fails. */
  readonly stopAfterFailures?: number | undefined;
}

/** How far a batch is. Images begin in their order and end in any. */
export interface Progress {
  readonly total: number;
  readonly begun: number;
  /** By the image's place in the list. */
  readonly ended: ReadonlyMap<number, Verdict>;
  readonly isInterrupted: boolean;
  /** Whether the memory takes one more. */
  readonly hasRoom: boolean;
}

export type Decision =
  | { readonly kind: 'start' }
  /** Until one ends; for memory, also until there is some. */
  | { readonly kind: 'wait'; readonly for: 'job' | 'canary' | 'memory' | 'end' }
  | { readonly kind: 'stop'; readonly reason: StopReason }
  | { readonly kind: 'done' };

const isGood = (verdict: Verdict): boolean => /^(converted|already-pv|planned)$/.test(verdict);

/** A refusal is an answer: it fails a canary, since nothing was converted, and doesn't count as a failure else. */
const isFailure = (verdict: Verdict): boolean => /^(failed|inconsistent)$/.test(verdict);

/** What to do next. After `stop` nothing new begins; those that run are waited for. */
export function decide({ jobs, canary, stopAfterFailures }: Rules, progress: Progress): Decision {
  const { total, begun, ended, isInterrupted, hasRoom } = progress;
  const running = begun - ended.size;
  if (begun === total) return running === 0 ? { kind: 'done' } : { kind: 'wait', for: 'end' };
  if (isInterrupted) return { kind: 'stop', reason: 'signal' };
  const verdicts = [...ended];
  const failures = verdicts.filter(([, verdict]) => isFailure(verdict)).length;
  if (stopAfterFailures !== undefined && failures >= stopAfterFailures)
    return { kind: 'stop', reason: 'failures' };
  const canaries = verdicts.filter(([index]) => index < canary);
  if (canaries.some(([, verdict]) => !isGood(verdict))) return { kind: 'stop', reason: 'canary' };
  if (begun >= canary && canaries.length < Math.min(canary, total)) return { kind: 'wait', for: 'canary' };
  if (running >= jobs) return { kind: 'wait', for: 'job' };
  // One alone may always try: what the host has is what it has.
  return hasRoom || running === 0 ? { kind: 'start' } : { kind: 'wait', for: 'memory' };
}
