import type { Notice, Problem } from '../model.js';
import type { RecordBoot } from './record-boot.js';

export type DomainMode = 'hvm' | 'pv' | 'pvh';

/** A disk as a record names it. */
export interface RecordDisk {
  /**
   * Path, volume or whatever the record's kind calls the storage. Empty for an empty CD drive, and where the record
   * doesn't say.
   */
  readonly target: string;
  /** What the record calls the device in the guest: `hda`, `xvdb`. */
  readonly device: string;
  readonly format: string;
  readonly readOnly: boolean;
  readonly cdrom: boolean;
  /** Set when the target isn't a path but something for this hotplug script. */
  readonly script?: string;
}

/** A network card as a record names it; what it doesn't say is missing. */
export interface RecordVif {
  readonly mac?: string;
  readonly bridge?: string;
  /** Addresses as written, with a prefix where that is written, several separated by blanks. */
  readonly ip?: string;
  /** What the record says about that address' network, which most kinds don't. */
  readonly netmask?: string;
  readonly gateway?: string;
  readonly dns?: string;
}

/** What a record says about its virtual machine. */
export interface RecordState {
  readonly mode: DomainMode;
  /** Name of the virtual machine; empty when the record gives none. */
  readonly domain: string;
  readonly disks: readonly RecordDisk[];
  readonly vifs: readonly RecordVif[];
}

/** One change to a record, with the reason in words for people. */
export interface RecordChange {
  readonly key: string;
  readonly reason: string;
}

/** The whole record before and after, as text of which a diff can be shown. */
export interface RecordFlip {
  readonly kind: 'flip';
  /** What is changed: a file's path, a machine's name. */
  readonly where: string;
  readonly before: string;
  readonly after: string;
  readonly changes: readonly RecordChange[];
  /** What the user should know before it is done. */
  readonly notices?: readonly Notice[];
}

/** What turning the record to PV means. `problem`: it can't be done by itself; nothing was changed. */
export type RecordPlan =
  | RecordFlip
  | { readonly kind: 'already-pv'; readonly where: string; readonly mode: 'pv' | 'pvh' }
  | { readonly kind: 'problem'; readonly problem: Problem };

export type RecordReading =
  | { readonly kind: 'state'; readonly state: RecordState }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** `problem`: the virtual machine can't be kept off. */
export type RecordHold =
  | { readonly kind: 'held'; readonly release: () => Promise<void> }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Where it is written whether a virtual machine starts as HVM or PV. Texts are byte strings, one character per byte.
 *
 * `read` and `plan` change nothing and answer with a problem where the record is missing or beyond them. `flip` and
 * `undo` change the record as a whole or not at all, and only if it still is what the plan saw; where it already is
 * what they would make of it, they do nothing, so that both can be repeated after a crash. Otherwise they throw a
 * `RecordError`.
 */
export interface ModeRecord {
  readonly kind: string;
  /** What finds it again, as `--record` takes it: `xl:/etc/xen/web.cfg`. */
  readonly option: string;
  /** For people: `the xl configuration /etc/xen/web.cfg`. */
  readonly name: string;
  readonly read: () => Promise<RecordReading>;
  /** `boot` is how the domain will find its kernel; without it, whether the record can be turned at all. */
  readonly plan: (boot?: RecordBoot) => Promise<RecordPlan>;
  readonly flip: (plan: RecordFlip) => Promise<void>;
  /** What the record says now, read afresh. */
  readonly readBack: () => Promise<RecordReading>;
  readonly undo: (plan: RecordFlip) => Promise<void>;
  /**
   * Keeps everybody from starting the virtual machine until it is released, where whoever starts it can be told so. What a
   * killed run has left is taken over by the next one, and released by it, by `flip` and by `undo`.
   */
  readonly hold?: (plan: Exclude<RecordPlan, { kind: 'problem' }>) => Promise<RecordHold>;
}
