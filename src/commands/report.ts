import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import type { Outcome } from '../events.js';
import type { Problem } from '../model.js';
import { listKeys, wrongList } from './batch.js';
import { type CommonFlags, commonOptions } from './options.js';
import type { RunPage } from './runtime.js';

type ReportFlags = CommonFlags & { readonly list?: string | undefined; readonly output: string };

/** `convert-image report [list]`: what a batch did, as one page for a browser. */
export const addReport = (yargs: Argv, runPage: RunPage): Argv =>
  yargs.command(
    'report [list]',
    'make an HTML page of a batch, or of the newest run of each disk',
    (command) =>
      command
        .positional('list', {
          type: 'string',
          describe:
            "a batch's summary, or a list or image as it was given to batch; without it the newest batch",
        })
        .options({
          ...commonOptions,
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
      return runPage({ flags, work: (print) => report(flags, print) });
    },
  );

async function report(flags: ReportFlags, print: (text: string) => void): Promise<Outcome> {
  const { gatherPage } = await import('../report/gather-page.js');
  const { pageText } = await import('../report/page/page.js');
  const { obstacleOf, savePage } = await import('../report/save-page.js');
  const { output } = flags;
  const stateDirectory = resolve(flags['state-dir']);
  const obstacle = output === '-' ? undefined : await obstacleOf(output);
  if (obstacle !== undefined) return refused(output, [obstacle]);
  const choice = await choose(flags, stateDirectory);
  if ('outcome' in choice) return choice.outcome;
  const data = await gatherPage(stateDirectory, choice.chosen, choice.disks);
  if (data.vms.length === 0 && data.unreadable.length === 0)
    return refused(output, [noReports(stateDirectory)]);
  const text = pageText(data);
  if (output === '-') print(text);
  else await savePage(output, text);
  const { vms, unreadable } = data;
  const counts = { vms: vms.length, unreadable: unreadable.length };
  return { type: 'outcome', disk: '', outcome: 'reported', page: output, ...counts, problems: [] };
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

const noReports = (stateDirectory: string): Problem => ({
  code: 'no-reports',
  message: `there are no reports in ${stateDirectory}`,
  remedy: 'convert something first, or name the state directory that was used with --state-dir',
});
