import type { Problem } from '../model.js';
import type { HostCounts, JobState, QueuedJob } from './queue/look.js';

/** What `enqueue` and `queue` tell. */
export type FleetEvent =
  | { readonly type: 'job-queued'; readonly host: string; readonly disk: string; readonly job: string }
  /** It stood in the queue already, and was left as it is. */
  | { readonly type: 'job-present'; readonly host: string; readonly disk: string; readonly state: string }
  /** One look at the whole. */
  | { readonly type: 'queue'; readonly hosts: readonly HostCounts[] }
  | ({ readonly type: 'queue-job' } & QueuedJob)
  | {
      readonly type: 'job-cancelled' | 'job-requeued';
      readonly host: string;
      readonly disk: string;
      readonly state: JobState;
      /** False for one that was left as it is. */
      readonly isChanged: boolean;
    }
  | FleetOutcome;

/** How it ended. */
export interface FleetOutcome {
  readonly type: 'outcome';
  readonly outcome: 'enqueued' | 'queue' | 'cancelled' | 'requeued';
  readonly exitCode: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
}
