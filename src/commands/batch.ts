import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { BatchOutcome } from '../batch/batch-events.js';
import type { EntryOptions, Mistake, OptionValue } from '../batch/entry.js';
import type { Rules } from '../batch/schedule.js';
import type { Outcome } from '../events.js';
import { exitCodes } from '../exit-codes.js';
import { batchOptions, givenOptions, positiveNumber } from './batch-options.js';
import { commonOptions, convertOnlyOptions, convertOptions, type PlanFlags, planOptions } from './options.js';
import type { BatchRuntime, RunBatch } from './runtime.js';

/** Options of a conversion that an image of a list may have of its own; the others are the batch's. */
const { format, access, cache } = commonOptions;
export const listKeys = { format, access, cache, ...planOptions, ...convertOnlyOptions };

type BatchFlags = PlanFlags & {
  readonly lists: readonly string[];
  readonly jobs: string;
  readonly canary?: string | undefined;
  readonly 'stop-after-failures'?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly 'boot-test': boolean;
  readonly 'dry-run': boolean;
};

/** `convert-image batch <list…>`: many images, each as a conversion of its own. `args` is the command line. */
export const addBatch = (yargs: Argv, runBatch: RunBatch, args: readonly string[]): Argv =>
  yargs.command(
    'batch <lists..>',
    'convert many images: names, quoted patterns, or list files (*.yaml)',
    (command) =>
      command
        .positional('lists', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'names of images, quoted patterns, or list files (*.yaml)',
        })
        .options({ ...commonOptions, ...planOptions, ...convertOnlyOptions, ...batchOptions }),
    (flags) => {
      const rules = rulesOf(flags);
      return runBatch({ flags, work: (runtime) => batch(flags, rules, args, runtime) });
    },
  );

function rulesOf({ jobs, canary, 'stop-after-failures': failures }: BatchFlags): Rules {
  return {
    jobs: jobs === 'auto' ? availableParallelism() : (positiveNumber('jobs', jobs) ?? 1),
    canary: positiveNumber('canary', canary) ?? 0,
    stopAfterFailures: positiveNumber('stop-after-failures', failures),
  };
}

async function batch(
  flags: BatchFlags,
  rules: Rules,
  args: readonly string[],
  runtime: BatchRuntime,
): Promise<BatchOutcome | Outcome> {
  // A single conversion doesn't load what only a batch needs.
  const { prepare } = await import('../batch/prepare.js');
  const { runBatch } = await import('../batch/run-batch.js');
  const { createBatchReportWriter } = await import('../batch/batch-report-writer.js');
  const options = givenValues(flags, givenOptions(args));
  const where = flags.where ?? [];
  const prepared = await prepare({
    args: flags.lists,
    where,
    kinds: listKeys,
    flags: options,
    read: (own) => readOptions(flags, own),
  });
  if (prepared.kind === 'mistakes') return wrongList(flags.lists.join(' '), prepared.mistakes);
  const stateDirectory = resolve(flags['state-dir']);
  await runtime.prepare(stateDirectory);
  const { stopAfterFailures, ...others } = rules;
  const given = { ...others, where: [...where], ...(stopAfterFailures && { stopAfterFailures }) };
  const dryRun = flags['dry-run'];
  const report = dryRun
    ? undefined
    : createBatchReportWriter(stateDirectory, { lists: flags.lists, rules: given, options });
  const { entries } = prepared;
  const bootTest = flags['boot-test'];
  const common = { entries, rules, dryRun, bootTest, stateDirectory, words: configurationWords(args) };
  const onState = report?.write ?? (() => undefined);
  const outcome = await runBatch(common, { ...runtime, onState });
  return report?.finish(outcome) ?? outcome;
}

/** What stands on the command line beats a list's defaults; the environment and the configuration file don't. */
export function givenValues(flags: PlanFlags, given: ReadonlySet<string>): EntryOptions {
  const all: Readonly<Record<string, unknown>> = flags;
  const names = Object.keys(listKeys).filter((name) => given.has(name));
  return Object.fromEntries(names.map((name) => [name, all[name] as OptionValue]));
}

/** Reads an image's options as if they stood on the command line, together with what stands there for all. */
export function readOptions(flags: PlanFlags, own: EntryOptions) {
  const { dns = flags.dns } = own;
  const all = { ...flags, ...own, dns: dns === undefined ? undefined : [dns].flat() } as PlanFlags;
  const { record, request } = convertOptions(all);
  const { address } = request.network;
  return { record, ...(address === undefined ? {} : { address }) };
}

/** Each run reads the same configuration file. */
export function configurationWords(args: readonly string[]): string[] {
  const index = args.findIndex((word) => word === '--config' || word.startsWith('--config='));
  const word = args[index];
  if (word === undefined) return [];
  return word === '--config' ? [`--config=${args[index + 1] ?? ''}`] : [word];
}

/** What a list that can't be used ends with: every mistake in it. */
export const wrongList = (
  disk: string,
  mistakes: readonly Mistake[],
  state = 'nothing was started, and every image is untouched',
): Outcome => ({
  type: 'outcome',
  disk,
  outcome: 'failed',
  exitCode: exitCodes.usage,
  state,
  problems: mistakes.map(({ place, message, remedy }) => ({
    code: 'list',
    message: `${place}: ${message}`,
    remedy,
  })),
});
