import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import type { FleetOutcome } from '../fleet/fleet-events.js';
import { fleetOptions, hostOption, queueOptions } from './fleet-options.js';
import { type CommonFlags, commonOptions } from './options.js';
import type { FleetRuntime, RunFleet } from './runtime.js';

type QueueFlags = CommonFlags & {
  readonly action: 'list' | 'watch' | 'cancel' | 'retry';
  readonly disks?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly all: boolean;
  readonly fleet?: string | undefined;
  readonly 'fleet-schema': string;
};

/** `convert-image queue [list|watch|cancel|retry]`: what the fleet's hosts have to do, and changes of that. */
export const addQueue = (yargs: Argv, runFleet: RunFleet): Argv =>
  yargs.command(
    'queue [action] [disks..]',
    "show the fleet's queue, watch it, cancel jobs, or queue dead ones again",
    (command) =>
      command
        .positional('action', {
          choices: ['list', 'watch', 'cancel', 'retry'] as const,
          default: 'list' as const,
          describe: 'list, watch, cancel what waits, or retry what needed a person',
        })
        .positional('disks', { type: 'string', array: true, describe: 'cancel, retry: of these disks' })
        .options({ ...commonOptions, ...fleetOptions, ...queueOptions }),
    (flags) => {
      checkChoice(flags);
      const host = flags.host === undefined ? undefined : hostOption(flags.host);
      return runFleet({ flags, work: (runtime) => queue({ ...flags, host }, runtime) });
    },
  );

function checkChoice({ action, disks = [], host, all }: QueueFlags): void {
  const isChange = action === 'cancel' || action === 'retry';
  if (!isChange && disks.length > 0)
    throw new UsageError(`queue ${action} takes no disks`, { remedy: 'choose by --host' });
  if (!isChange) return;
  const ways = [disks.length > 0, all].filter(Boolean).length;
  if (ways === 0 && host === undefined)
    throw new UsageError(`it isn't said what to ${action}`, { remedy: 'name disks, --host NAME, or --all' });
  if (all && (disks.length > 0 || host !== undefined))
    throw new UsageError('--all leaves nothing to choose', { remedy: 'leave it out, or the others' });
}

async function queue(flags: QueueFlags, { emit }: FleetRuntime): Promise<FleetOutcome> {
  const { fleetPlace, orToolError } = await import('../fleet/fleet-place.js');
  const { openFleet } = await import('../fleet/queue/open-fleet.js');
  const { changeQueue, listQueue, watchQueue } = await import('../fleet/show-queue.js');
  const { action, host, disks = [], all } = flags;
  const place = fleetPlace(flags.fleet, flags['fleet-schema']);
  return orToolError(place, async () => {
    const fleet = await openFleet(place, 'look');
    try {
      if (action === 'list') return await listQueue(fleet, host, all, emit);
      if (action === 'watch') return await watchQueue(fleet, host, emit);
      return await changeQueue(fleet, action, { disks, host }, emit);
    } finally {
      await fleet.close();
    }
  });
}
