import type { ImageResult, Verdict } from '../batch/batch-events.js';
import type { Problem } from '../model.js';
import type { Delivered } from './queue/host-queue.js';

/** What happens in a worker. Times in milliseconds. */
export type WorkerEvent =
  | {
      readonly type: 'worker-started';
      readonly host: string;
      readonly jobs: number;
      readonly stateDirectory: string;
      /** Without a password. */
      readonly fleet: string;
    }
  /** `retries`: how often it was begun before. */
  | { readonly type: 'job-started'; readonly job: string; readonly disk: string; readonly retries: number }
  /** A line of the run's own process. */
  | {
      readonly type: 'job-event';
      readonly job: string;
      readonly disk: string;
      readonly line: Readonly<Record<string, unknown>>;
    }
  | ({ readonly type: 'job-finished'; readonly job: string } & ImageResult)
  /** The queue has heard of it. */
  | {
      readonly type: 'job-delivered';
      readonly job: string;
      readonly disk: string;
      readonly as: Delivered;
    }
  /** Found at work when the worker began: whoever had taken it has died. */
  | { readonly type: 'job-abandoned'; readonly job: string; readonly disk: string; readonly retries: number }
  /** A job whose data can't be understood. */
  | { readonly type: 'job-unreadable'; readonly job: string; readonly disk: string; readonly reason: string }
  /** What an earlier run has left half done and no job stands for. */
  | { readonly type: 'recovery-started'; readonly disk: string }
  | ({ readonly type: 'recovery-finished'; readonly willRetry: boolean } & ImageResult)
  | { readonly type: 'needs-person'; readonly disk: string; readonly problem: Problem }
  | { readonly type: 'database-lost'; readonly message: string }
  | { readonly type: 'database-back'; readonly milliseconds: number }
  | { readonly type: 'memory-awaited'; readonly availableBytes: number }
  | { readonly type: 'worker-stopping'; readonly signal: string; readonly message: string }
  | WorkerOutcome;

/** How a worker ended. */
export interface WorkerOutcome {
  readonly type: 'outcome';
  readonly outcome: 'worker';
  readonly exitCode: number;
  readonly counts: Readonly<Record<Verdict | 'given-back', number>>;
  /** Results that the queue couldn't be told: their jobs will be taken for abandoned. */
  readonly undelivered: readonly string[];
  readonly problems: readonly Problem[];
}
