import type { RecordChange } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import type { XlEdits } from './xl-edit.js';
import type { XlDocument } from './xl-syntax.js';

/** What turning an xl configuration into that of a PV domain comes to. `reason` completes "it can't be done: …". */
export type PvConversion =
  | { readonly kind: 'converted'; readonly text: string; readonly changes: readonly RecordChange[] }
  | { readonly kind: 'already-pv'; readonly mode: 'pv' | 'pvh' }
  | Unsupported;

export interface Unsupported {
  readonly kind: 'unsupported';
  readonly reason: string;
  readonly remedy: string;
}

/** Why the file can't be turned, and what the user can do: a sentence each. */
export const unsupported = (reason: string, remedy: string): Unsupported => ({
  kind: 'unsupported',
  reason,
  remedy,
});

/** A conversion under way: the file as it was, the edits so far, and why they were made. */
export interface Conversion {
  readonly document: XlDocument;
  readonly edits: XlEdits;
  /** How the domain will find its kernel. */
  readonly boot: RecordBoot;
  readonly changes: RecordChange[];
}
