import type { Argv } from 'yargs';
import type { Outcome } from '../events.js';
import type { FleetOutcome } from '../fleet/fleet-events.js';
import type { Retries } from '../fleet/job.js';
import { givenValues, listKeys, readOptions, wrongList } from './batch.js';
import { givenOptions } from './batch-options.js';
import { count, enqueueOptions, fleetOptions, hostOption } from './fleet-options.js';
import { commonOptions, convertOnlyOptions, type PlanFlags, planOptions } from './options.js';
import type { FleetRuntime, RunFleet } from './runtime.js';

type EnqueueFlags = PlanFlags & {
  readonly lists: readonly string[];
  readonly host?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly fleet?: string | undefined;
  readonly 'fleet-schema': string;
};

/** `convert-image enqueue <list…>`: the images of a list into the queues of their hosts. `args` is the command line. */
export const addEnqueue = (yargs: Argv, runFleet: RunFleet, args: readonly string[]): Argv =>
  yargs.command(
    'enqueue <lists..>',
    "put a list's images into the queues of their hosts, for the workers there",
    (command) =>
      command
        .positional('lists', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'list files (*.yaml) whose images say host: NAME; or names and patterns, with --host',
        })
        .options({
          ...commonOptions,
          ...planOptions,
          ...convertOnlyOptions,
          ...fleetOptions,
          ...enqueueOptions,
        }),
    (flags) => {
      const retries = {
        limit: count('retries', flags.retries),
        delaySeconds: count('retry-delay', flags['retry-delay']),
      };
      const host = flags.host === undefined ? undefined : hostOption(flags.host);
      return runFleet({ flags, work: (runtime) => enqueueLists({ ...flags, host }, retries, args, runtime) });
    },
  );

async function enqueueLists(
  flags: EnqueueFlags,
  retries: Retries,
  args: readonly string[],
  { emit }: FleetRuntime,
): Promise<FleetOutcome | Outcome> {
  const { prepare } = await import('../batch/prepare.js');
  const { enqueue, keysOfHosts, onHost } = await import('../fleet/enqueue.js');
  const { fleetPlace, orToolError } = await import('../fleet/fleet-place.js');
  const { openFleet } = await import('../fleet/queue/open-fleet.js');
  const place = fleetPlace(flags.fleet, flags['fleet-schema']);
  const prepared = await prepare({
    args: flags.lists,
    where: flags.where ?? [],
    kinds: listKeys,
    flags: givenValues(flags, givenOptions(args)),
    read: (own) => readOptions(flags, own),
    keys: keysOfHosts,
    complete: (entries) => onHost(entries, flags.host),
  });
  if (prepared.kind === 'mistakes')
    return wrongList(flags.lists.join(' '), prepared.mistakes, 'nothing was queued');
  return orToolError(place, async () => {
    const fleet = await openFleet(place, 'change');
    try {
      return await enqueue(fleet, prepared.entries, retries, emit);
    } finally {
      await fleet.close();
    }
  });
}
