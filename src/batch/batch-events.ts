import type { Problem } from '../model.js';

/** How one image of a batch ended. */
export type Verdict =
  | 'converted'
  | 'already-pv'
  /** By a dry run. */
  | 'planned'
  | 'refused'
  | 'failed'
  /** Needs a person: the image is half written, or the record isn't flipped. */
  | 'inconsistent'
  /** Stopped by a signal, untouched. */
  | 'interrupted';

/** One image that has been begun and has ended. */
export interface ImageResult {
  readonly disk: string;
  readonly verdict: Verdict;
  /** Of its process; undefined when a signal ended it. */
  readonly exitCode?: number;
  readonly problems: readonly Problem[];
  readonly milliseconds: number;
  /** Where its report and its log are. */
  readonly report?: string;
  readonly log?: string;
}

/** Why images weren't begun. */
export type StopReason = 'canary' | 'failures' | 'signal';

export type Counts = Readonly<Record<Verdict | 'total' | 'not-begun', number>>;

/** What happened in a batch. */
export type BatchEvent =
  | {
      readonly type: 'batch-started';
      readonly images: number;
      readonly jobs: number;
      readonly dryRun: boolean;
    }
  | { readonly type: 'image-started'; readonly disk: string }
  /** A line of the image's own process. */
  | { readonly type: 'image-event'; readonly disk: string; readonly event: Readonly<Record<string, unknown>> }
  | ({ readonly type: 'image-finished' } & ImageResult)
  /** There is a job to spare, and too little memory for it. */
  | { readonly type: 'memory-awaited'; readonly disk: string; readonly availableBytes: number }
  | { readonly type: 'batch-stopped'; readonly reason: StopReason; readonly message: string }
  | BatchOutcome;

/** How a batch ended. */
export interface BatchOutcome {
  readonly type: 'outcome';
  readonly outcome: 'batch';
  readonly exitCode: number;
  readonly counts: Counts;
  readonly problems: readonly (Problem & { readonly disk: string })[];
  /** Images that weren't begun, and why. */
  readonly notBegun: readonly string[];
  readonly stopped?: StopReason;
  /** The folder of the images' own reports. */
  readonly reports: string;
  /** The batch's own. */
  readonly report?: string;
}
