import type { ConversionReport } from './conversion-report.js';
import type { Finding } from './doctor/finding.js';
import type { GuestAccess } from './guest-access/guest-access.js';
import type { Facts, Notice, PackageStep, Plan, Problem, RequestValue, Step } from './model.js';

/** The arrows of the flow, as people see them. */
export type StageName =
  | 'open'
  | 'overlay'
  | 'inspect'
  | 'plan'
  | 'fetch'
  | 'install'
  | 'apply'
  | 'verify'
  | 'boot-test'
  | 'save'
  | 'commit'
  | 'flip'
  /** Going on with a commit that was interrupted. */
  | 'recover'
  /** Going back: the record, then the disk. */
  | 'undo';

/** What became of the record that says how the VM starts. */
export type RecordOutcome =
  | { readonly kind: 'flipped' | 'already-pv' | 'would-flip'; readonly record: string; readonly diff: string }
  | { readonly kind: 'restored'; readonly record: string; readonly diff: string }
  | { readonly kind: 'written' | 'removed'; readonly path: string }
  | { readonly kind: 'none'; readonly reason: string };

/** What happened while the image was worked on. Reporters turn events into text; nothing else prints. */
export type Event =
  | { readonly type: 'stage-started'; readonly stage: StageName; readonly detail: string }
  | { readonly type: 'stage-finished'; readonly stage: StageName; readonly milliseconds: number }
  | { readonly type: 'heartbeat'; readonly stage: StageName; readonly milliseconds: number }
  | { readonly type: 'progress'; readonly stage: StageName; readonly detail: string }
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'facts'; readonly facts: Facts; readonly access?: GuestAccess['kind'] }
  | { readonly type: 'plan'; readonly plan: Plan; readonly record?: RecordOutcome }
  | Installation
  /** The journal begins, and then the image is written: from now on a signal waits for the end. */
  | { readonly type: 'committing'; readonly disk: string }
  /** What gives back the original, from now on; size in bytes. */
  | { readonly type: 'undo-archive'; readonly path: string; readonly bytes: number }
  /** The boot test of a conversion is passed. */
  | { readonly type: 'booted'; readonly boot: BootReport }
  | ConversionReport
  | Finding
  | Outcome;

/** A kernel has to be installed before the rest can be planned. */
export interface Installation {
  readonly type: 'installation';
  readonly packages: PackageStep;
  /** What doesn't depend on that kernel. */
  readonly steps: readonly Step[];
  readonly values: readonly RequestValue[];
}

/** Seconds from the start of the machine to each step, and the prompt that was seen. */
export interface BootReport {
  readonly seconds: Readonly<Record<string, number>>;
  readonly login: string;
}

/** How it ended. `failed` carries what its exception said; the others are the answers of a run that worked. */
export type Outcome = {
  readonly type: 'outcome';
  readonly disk: string;
  /** Where the log of this run is. */
  readonly log?: string;
  /** Where the report of this run is; conversions leave one. */
  readonly report?: string;
} & (
  | {
      readonly outcome: 'converted' | 'already-pv';
      /** Where the domain is to be a PVH one. */
      readonly target?: 'pvh';
      readonly record: RecordOutcome;
      readonly problems: readonly [];
    }
  | {
      readonly outcome: 'planned' | 'inspected' | 'verified' | 'listed' | 'forgotten' | 'examined';
      readonly problems: readonly [];
    }
  /** A page was made of reports; `-` is standard output. */
  | {
      readonly outcome: 'reported';
      readonly page: string;
      readonly vms: number;
      /** Reports that couldn't be read; the page names them. */
      readonly unreadable: number;
      readonly problems: readonly [];
    }
  | { readonly outcome: 'undone'; readonly record: RecordOutcome; readonly problems: readonly [] }
  | {
      readonly outcome: 'boots';
      readonly target?: 'pvh';
      readonly problems: readonly [];
      readonly boot: BootReport;
    }
  | {
      readonly outcome: 'refused';
      /** What was asked for, if it wasn't a conversion or a look. */
      readonly asked?: 'undo' | 'forget' | 'report' | 'worker';
      readonly problems: readonly Problem[];
    }
  | {
      readonly outcome: 'failed';
      readonly exitCode: number;
      readonly problems: readonly Problem[];
      readonly state: string;
    }
);

export type Emit = (event: Event) => void;
