import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import type { Outcome } from '../events.js';
import type { Problem } from '../model.js';
import type { PageData } from '../report/page/page-data.js';
import { listKeys, wrongList } from './batch.js';
import { givenOptions } from './batch-options.js';
import { fleetOptions } from './fleet-options.js';
import { type CommonFlags, commonOptions } from './options.js';
import type { RunPage } from './runtime.js';

type ReportFlags = CommonFlags & {
  readonly list?: string | undefined;
  readonly output: string;
  readonly fleet?: string | undefined;
  readonly 'fleet-schema': string;
};

/**
 * `convert-image report [list]`: what a batch did, as one page for a browser. Of a fleet only where `args`, the command line,
 * says so: on its hosts the configuration file names the fleet for other commands.
 */
export const addReport = (yargs: Argv, runPage: RunPage, args: readonly string[]): Argv =>
  yargs.command(
    'report [list]',
    'make an HTML page of a batch, of the newest run of each disk, or of a fleet (--fleet)',
    (command) =>
      command
        .positional('list', {
          type: 'string',
          describe:
            "a batch's summary, or a list or image as it was given to batch; without it the newest batch",
        })
        .options({
          ...commonOptions,
          ...fleetOptions,
          // yargs takes `-` for a value only where it counts them.
          output: {
            type: 'string',
            nargs: 1,
            demandOption: true,
            describe: 'the file; - is standard output',
          },
        }),
    (flags) => {
      if (flags.output === '')
        throw new UsageError('--output names no file', { remedy: 'name one, or write -' });
      if (flags.output === '-' && flags.json)
        throw new UsageError('--json and --output - both want standard output', { remedy: 'name a file' });
      const isOfFleet = givenOptions(args).has('fleet');
      if (isOfFleet && flags.list !== undefined)
        throw new UsageError('a list and --fleet both say what the page is of', { remedy: 'leave one out' });
      return runPage({ flags, work: (print) => report(flags, isOfFleet, print) });
    },
  );

async function report(
  flags: ReportFlags,
  isOfFleet: boolean,
  print: (text: string) => void,
): Promise<Outcome> {
  const { pageText } = await import('../report/page/page.js');
  const { obstacleOf, savePage } = await import('../report/save-page.js');
  const { output } = flags;
  const obstacle = output === '-' ? undefined : await obstacleOf(output);
  if (obstacle !== undefined) return refused(output, [obstacle]);
  const gathered = await (isOfFleet ? dataOfFleet(flags) : dataHere(flags));
  if ('outcome' in gathered) return gathered.outcome;
  const { data } = gathered;
  const text = pageText(data);
  if (output === '-') print(text);
  else await savePage(output, text);
  const { vms, unreadable } = data;
  const counts = { vms: vms.length, unreadable: unreadable.length };
  return { type: 'outcome', disk: '', outcome: 'reported', page: output, ...counts, problems: [] };
}

type Gathered = { readonly data: PageData } | { readonly outcome: Outcome };

async function dataHere(flags: ReportFlags): Promise<Gathered> {
  const { gatherPage } = await import('../report/gather-page.js');
  const stateDirectory = resolve(flags['state-dir']);
  const choice = await choose(flags, stateDirectory);
  if (choice.outcome !== undefined) return { outcome: choice.outcome };
  const data = await gatherPage(stateDirectory, choice.chosen, choice.disks);
  if (data.vms.length > 0 || data.unreadable.length > 0) return { data };
  return { outcome: refused(flags.output, [noReports(stateDirectory)]) };
}

async function dataOfFleet(flags: ReportFlags): Promise<Gathered> {
  const { fleetPlace, orToolError } = await import('../fleet/fleet-place.js');
  const { openFleet } = await import('../fleet/queue/open-fleet.js');
  const { gatherFleet } = await import('../report/gather-fleet.js');
  const place = fleetPlace(flags.fleet, flags['fleet-schema']);
  return orToolError(place, async () => {
    const fleet = await openFleet(place, 'look');
    try {
      const data = await gatherFleet(fleet, place.url);
      return data.vms.length > 0 ? { data } : { outcome: refused(flags.output, [emptyQueue]) };
    } finally {
      await fleet.close();
    }
  });
}

/** A list that can't be read as one is a mistake to be told; it isn't guessed what was meant. */
async function choose({ list, output }: ReportFlags, stateDirectory: string) {
  const { chooseBatch, namedBatch } = await import('../report/choose-batch.js');
  if (list === undefined) return { chosen: await chooseBatch(stateDirectory) };
  if (list.endsWith('.json')) {
    const chosen = await namedBatch(list);
    if (chosen.batch !== undefined) return { chosen };
    const problems = chosen.unreadable.map(({ path, reason }) => noSummary(path, reason));
    return { outcome: refused(output, problems) };
  }
  const { findImages } = await import('../batch/find-images.js');
  const { entries, mistakes } = await findImages([list], listKeys, {});
  if (mistakes.length > 0) return { outcome: wrongList(list, mistakes) };
  const disks = [...new Set(entries.map(({ disk }) => disk))];
  const chosen = await chooseBatch(stateDirectory, { given: list, disks });
  return { chosen, disks };
}

const refused = (disk: string, problems: readonly Problem[]): Outcome => ({
  type: 'outcome',
  disk,
  outcome: 'refused',
  asked: 'report',
  problems,
});

const noSummary = (path: string, reason: string): Problem => ({
  code: 'no-batch-summary',
  message: `${path} can't be read as a batch's summary: ${reason}`,
  remedy: 'name a file in the folder "batches" of the state directory',
});

const emptyQueue: Problem = {
  code: 'no-reports',
  message: "there is no job in the fleet's queue",
  remedy: 'queue some with "convert-image enqueue"',
};

const noReports = (stateDirectory: string): Problem => ({
  code: 'no-reports',
  message: `there are no reports in ${stateDirectory}`,
  remedy: 'convert something first, or name the state directory that was used with --state-dir',
});
