/** What is done about conversions that were interrupted, when a worker starts. */
import type { ImageResult } from '../batch/batch-events.js';
import type { Entry } from '../batch/entry.js';
import type { Problem } from '../model.js';
import type { Conversion } from '../state/conversions.js';
import { committedOf, journalPath, listConversions, stateOf } from '../state/conversions.js';
import type { Interrupted, Recovery } from './work.js';

/** The conversions in this state directory that their journals call unfinished, each disk once. */
export async function interruptedHere(stateDirectory: string): Promise<Interrupted[]> {
  const { conversions } = await listConversions(stateDirectory);
  const found = new Map<string, Interrupted>();
  for (const conversion of conversions) {
    const state = stateOf(conversion);
    const { path } = conversion.begun.image;
    // The disk of one that was undone is as it was: nobody wants that finished.
    if (state === 'undone') found.delete(path);
    if (state === 'done' || state === 'undone') continue;
    const obstacle = state === 'undoing' ? { obstacle: `an undo of ${path} was interrupted` } : {};
    found.set(path, { entry: entryOf(conversion), ...obstacle });
  }
  return [...found.values()];
}

/** What it was begun with that the journal doesn't say was for its plan only, which is made. */
function entryOf(conversion: Conversion): Entry {
  const { image } = conversion.begun;
  const record = committedOf(conversion)?.record ?? conversion.begun.record;
  const option = record.kind === 'flip' ? record.option : record.kind === 'none' ? 'none' : 'auto';
  return {
    disk: image.path,
    options: { record: option, format: image.format },
    tags: [],
    labels: {},
    places: { '': 'an interrupted conversion' },
  };
}

export interface Recoveries {
  /** Ids of jobs that stand for a half-done conversion: the job's own run finishes it. */
  readonly first: readonly string[];
  readonly recoveries: readonly Recovery[];
  readonly stuck: readonly { readonly entry: Entry; readonly problem: Problem }[];
}

/** Shares out what is half done: a job of its disk that waits will finish it, else a run without a job does. */
export async function recoveriesOf(
  interrupted: readonly Interrupted[],
  waiting: readonly { readonly id: string; readonly disk: string }[],
): Promise<Recoveries> {
  const jobs = new Map<string, string>();
  if (interrupted.length > 0) for (const { id, disk } of waiting) jobs.set(await journalPath(disk), id);
  const isStuck = ({ obstacle }: Interrupted) => obstacle !== undefined;
  const mendable = interrupted.filter((one) => !isStuck(one));
  return {
    first: mendable.flatMap(({ entry }) => jobs.get(entry.disk) ?? []),
    recoveries: mendable
      .filter(({ entry }) => !jobs.has(entry.disk))
      .map(({ entry }) => ({ entry, tries: 0, dueMs: 0 })),
    stuck: interrupted.filter(isStuck).map(({ entry, obstacle = '' }) => ({
      entry,
      problem: {
        code: 'undo-interrupted',
        message: obstacle,
        remedy: `"convert-image undo ${entry.disk}" finishes it`,
      },
    })),
  };
}

/** What is half done of this disk; undefined where nothing is. */
export async function recoveryOf(
  interrupted: readonly Interrupted[],
  disk: string,
): Promise<Recovery | undefined> {
  const path = await journalPath(disk);
  const found = interrupted.find(({ entry, obstacle }) => entry.disk === path && obstacle === undefined);
  return found && { entry: found.entry, tries: 0, dueMs: 0 };
}

/** Milliseconds before the second attempt; twice as long after each. */
const firstWaitMs = 2000;
const mostTries = 8;

/** Whether a recovery that ended so may go better later: a run that outlived its worker still has the image, or the database is away. */
export const canTryAgain = ({ verdict, problems }: ImageResult, { tries }: Recovery): boolean =>
  tries < mostTries &&
  (/^(failed|inconsistent)$/.test(verdict) || problems.some(({ code }) => code === 'image-in-use'));

/** The same once more, later. */
export const nextTry = ({ entry, tries }: Recovery, nowMs: number): Recovery => ({
  entry,
  tries: tries + 1,
  dueMs: nowMs + firstWaitMs * 2 ** tries,
});
