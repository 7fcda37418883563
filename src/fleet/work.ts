/** A worker at work: what it has in hand, and how it waits. */
import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { ImageResult } from '../batch/batch-events.js';
import type { Entry } from '../batch/entry.js';
import type { Room } from '../batch/room.js';
import type { ChildEvent, ImageRun } from '../batch/run-image.js';
import { DatabaseError } from '../errors.js';
import type { HostQueue } from './queue/host-queue.js';
import type { WorkerEvent } from './worker-events.js';

/** What a worker is made of. Tests of scale put a sleep in the place of the conversion. */
export interface WorkerParts {
  readonly queue: HostQueue;
  /** Begins a run; `job` is missing for what no job stands for. */
  readonly start: (entry: Entry, job: string | undefined, onEvent: (event: ChildEvent) => void) => ImageRun;
  /** Whether the memory takes one more. */
  readonly room: (running: readonly ImageRun[]) => Promise<Room>;
  /** The job's conversion, or why it can't be told. */
  readonly read: (data: unknown) => { readonly entry: Entry } | { readonly reason: string };
  /** What earlier runs have left half done on this host. */
  readonly interrupted: () => Promise<readonly Interrupted[]>;
}

/** A conversion that was interrupted, as its journal has it. */
export interface Interrupted {
  readonly entry: Entry;
  /** Why only a person can go on. */
  readonly obstacle?: string;
}

export interface WorkerHost {
  readonly emit: (event: WorkerEvent) => void;
  /** Calls the listener at every SIGINT, SIGTERM and SIGHUP. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => void;
}

/** A run that the worker has in hand. */
export interface InHand {
  /** Missing for a recovery. */
  readonly job?: string;
  readonly entry: Entry;
  readonly run: ImageRun;
}

/** A result that the queue hasn't heard of yet. */
export interface Undelivered {
  readonly job: string;
  readonly entry: Entry;
  readonly result: ImageResult;
}

/** Something half done that no job stands for. */
export interface Recovery {
  readonly entry: Entry;
  readonly tries: number;
  /** Not before; `performance.now()`. */
  readonly dueMs: number;
}

export interface Work {
  readonly jobs: number;
  readonly parts: WorkerParts;
  readonly host: WorkerHost;
  readonly running: Set<InHand>;
  readonly undelivered: Undelivered[];
  readonly recoveries: Recovery[];
  /** Says that something has changed. */
  readonly changes: EventEmitter;
  readonly counts: Map<string, number>;
  /** When the queue is looked at next, and how long is waited after that if there is nothing. */
  nextLookMs: number;
  pauseMs: number;
  /** Since when the database can't be reached. */
  lostSinceMs?: number;
  /** How long is waited for it, next time. */
  patienceMs: number;
  awaitsMemory: boolean;
  /** The queue may have handed out a job without our knowing. */
  mayHaveStrays: boolean;
  signal?: NodeJS.Signals;
  stoppedMs?: number;
  hearsay?: NodeJS.Timeout;
}

/** A queue without work is looked at more and more seldom, up to every ten seconds: hundreds of hosts do so. */
export const firstPauseMs = 500;
const longestPauseMs = 10_000;

const firstPatienceMs = 1000;
const longestPatienceMs = 30_000;

/** A worker that has nothing in hand. */
export const newWork = (jobs: number, parts: WorkerParts, host: WorkerHost): Work => ({
  jobs,
  parts,
  host,
  running: new Set(),
  undelivered: [],
  recoveries: [],
  changes: new EventEmitter(),
  counts: new Map(),
  nextLookMs: 0,
  pauseMs: firstPauseMs,
  patienceMs: firstPatienceMs,
  awaitsMemory: false,
  mayHaveStrays: false,
});

/** There was nothing in the queue: the next look comes later, and not at the same time as that of other hosts. */
export function pause(work: Work): void {
  work.nextLookMs = performance.now() + work.pauseMs * (0.75 + Math.random() / 2);
  work.pauseMs = Math.min(work.pauseMs * 2, longestPauseMs);
}

/** Until something changes, and for so long at most. */
export async function change({ changes }: Work, milliseconds: number): Promise<void> {
  const either = new AbortController();
  const { signal } = either;
  // A timer of AbortSignal would not keep a worker alive that has nothing else to wait for.
  const time = setTimeout(Math.max(1, milliseconds), undefined, { signal });
  await Promise.race([once(changes, 'change', { signal }), time]);
  either.abort();
  await time.catch(() => undefined);
}

/** What a question to the queue came to; `lost`: it can't be asked now, and will be asked again later. */
export type Answer<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'lost' };

/**
 * Asks the queue. A database that isn't there is told of once, and when it is back; it is waited for longer after each
 * attempt. What it says no to is thrown.
 */
export async function ask<T>(work: Work, question: (queue: HostQueue) => Promise<T>): Promise<Answer<T>> {
  try {
    const value = await question(work.parts.queue);
    if (work.lostSinceMs !== undefined) {
      const milliseconds = Math.round(performance.now() - work.lostSinceMs);
      work.host.emit({ type: 'database-back', milliseconds });
      delete work.lostSinceMs;
    }
    work.patienceMs = firstPatienceMs;
    return { kind: 'answer', value };
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isPassing(error)) throw error;
    if (work.lostSinceMs === undefined) work.host.emit({ type: 'database-lost', message: error.message });
    work.lostSinceMs ??= performance.now();
    work.nextLookMs = performance.now() + work.patienceMs;
    work.patienceMs = Math.min(work.patienceMs * 2, longestPatienceMs);
    return { kind: 'lost' };
  }
}

/** No room or no time, by SQLSTATE: a server whose connections are all taken, a lock, a statement that was too slow. */
const busy = /^(53...|55P03|57014)$/;

function isPassing({ failure, cause }: DatabaseError): boolean {
  const state = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return failure !== 'answer' || busy.test(state);
}
