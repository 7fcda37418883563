import { identify } from '../stages/open.js';
import { interruption } from '../stages/pending.js';
import { startOwnProgram } from '../tools/own-program.js';
import type { ImageResult } from './batch-events.js';
import type { Entry, EntryOptions } from './entry.js';
import { type Weight, weightAfter } from './memory.js';
import { noticeIn } from './notice-in.js';
import { resultOf } from './verdict.js';

export type ChildEvent = Readonly<Record<string, unknown>>;

/** One image at work in a process of its own. */
export interface ImageRun {
  readonly disk: string;
  readonly pid: number;
  /** How much memory it may come to need, as far as its events tell. */
  readonly weight: () => Weight;
  /** Whether it has said its outcome, or that it has heard a signal: it needs none any more. */
  readonly isEnding: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<ImageResult>;
}

/** What all images of a batch have in common. */
export interface RunOptions {
  readonly dryRun: boolean;
  /** Whether those are booted before the commit that don't say so themselves. */
  readonly bootTest: boolean;
  readonly stateDirectory: string;
  /** Words of the command line that every run gets. */
  readonly words: readonly string[];
}

/**
 * Starts `convert`, or `plan` for a dry run, on an image. Its events are handed over as they come. `environment` comes on
 * top of ours.
 */
export function startImage(
  entry: Entry,
  options: RunOptions,
  onEvent: (event: ChildEvent) => void,
  environment: Readonly<Record<string, string>> = {},
): ImageRun {
  const { disk } = entry;
  const startedMs = performance.now();
  let last: ChildEvent | undefined;
  let isEnding = false;
  let weight: Weight = 'unknown';
  const isBootTested = (entry.options['boot-test'] ?? options.bootTest) === true;
  const run = startOwnProgram(
    wordsFor(entry, options),
    (line) => {
      const event = parseLine(line);
      if (event === undefined) return;
      // Behind the outcome only a signal can say something, and that comes too late to matter.
      if (last?.type !== 'outcome') last = event;
      isEnding ||= event.type === 'outcome' || /^signal-(held|heard)$/.test(noticeIn(event)?.code ?? '');
      weight = weightAfter(weight, event, isBootTested);
      onEvent(event);
    },
    { ...environment, ...secretsOf(entry) },
  );
  const ended = run.ended.then((end) =>
    withJournal(
      resultOf(disk, last, { ...end, milliseconds: Math.round(performance.now() - startedMs) }),
      options,
    ),
  );
  return {
    disk,
    pid: run.pid,
    weight: () => weight,
    isEnding: () => isEnding,
    kill: run.kill,
    ended,
  };
}

function wordsFor({ disk, options: own }: Entry, { dryRun, stateDirectory, words }: RunOptions): string[] {
  const shown = { ...own, mirror: undefined };
  const options = dryRun ? { ...shown, 'boot-test': undefined } : shown;
  const command = dryRun ? ['plan'] : [];
  return [...command, '--json', `--state-dir=${stateDirectory}`, ...words, ...optionWords(options), disk];
}

/** What may hold a password isn't shown to every user of this host as an argument. */
function secretsOf({ options: { mirror } }: Entry): Record<string, string> {
  return typeof mirror === 'string' ? { CONVERT_IMAGE_MIRROR: mirror } : {};
}

/** Options as the command line has them. */
export function optionWords(options: Readonly<Record<string, EntryOptions[string] | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
    return [value].flat().map((text) => `--${name}=${text}`);
  });
}

function parseLine(line: string): ChildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // A process that dies may leave half a line.
    return undefined;
  }
}

/** A process that died can't say what it leaves: its journal does. */
async function withJournal(result: ImageResult, { stateDirectory }: RunOptions): Promise<ImageResult> {
  const [problem] = result.problems;
  if (problem?.code !== 'process-died' && result.verdict !== 'interrupted') return result;
  const { disk } = result;
  const half = await identify(disk)
    .then((identity) => interruption(disk, identity, stateDirectory))
    .catch(() => undefined);
  if (half === undefined) return result;
  return { ...result, verdict: 'inconsistent', problems: [...result.problems.slice(0, 1), half] };
}
