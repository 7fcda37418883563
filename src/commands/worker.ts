import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { Outcome } from '../events.js';
import type { WorkerOutcome } from '../fleet/worker-events.js';
import { configurationWords, listKeys } from './batch.js';
import { givenOptions, positiveNumber } from './batch-options.js';
import { fleetOptions, hostOption, workerOptions } from './fleet-options.js';
import { type CommonFlags, commonOptions } from './options.js';
import type { RunWorker, WorkerRuntime } from './runtime.js';

type WorkerFlags = CommonFlags & {
  readonly host?: string | undefined;
  readonly jobs: string;
  readonly metrics?: string | undefined;
  readonly fleet?: string | undefined;
  readonly 'fleet-schema': string;
};

/** `convert-image worker`: takes the jobs of its host, until a signal comes. `args` is the command line. */
export const addWorker = (yargs: Argv, runWorker: RunWorker, args: readonly string[]): Argv =>
  yargs.command(
    'worker',
    "take this host's jobs from the fleet's queue and convert, until it is told to stop",
    (command) => command.options({ ...commonOptions, ...fleetOptions, ...workerOptions }),
    (flags) => {
      const host = hostOption(flags.host);
      const jobs = flags.jobs === 'auto' ? availableParallelism() : (positiveNumber('jobs', flags.jobs) ?? 1);
      return runWorker({ flags, work: (runtime) => work(flags, { host, jobs }, args, runtime) });
    },
  );

async function work(
  flags: WorkerFlags,
  { host, jobs }: { readonly host: string; readonly jobs: number },
  args: readonly string[],
  runtime: WorkerRuntime,
): Promise<WorkerOutcome | Outcome> {
  const { fleetPlace, orToolError } = await import('../fleet/fleet-place.js');
  const { openMetricsFile } = await import('../fleet/metrics-file.js');
  const { serve } = await import('../fleet/serve.js');
  const place = fleetPlace(flags.fleet, flags['fleet-schema']);
  const metrics = flags.metrics === undefined ? undefined : openMetricsFile(resolve(flags.metrics));
  const stateDirectory = resolve(flags['state-dir']);
  await runtime.prepare(stateDirectory);
  const options = givenOptions(args).has('cache') ? { cache: resolve(flags.cache) } : {};
  const words = configurationWords(args);
  const wish = { place, host, jobs, stateDirectory, words, options, kinds: listKeys, metrics };
  const served = await orToolError(place, () => serve(wish, runtime));
  if (served.kind === 'ended') return served.outcome;
  return { type: 'outcome', disk: host, outcome: 'refused', asked: 'worker', problems: [served.problem] };
}
