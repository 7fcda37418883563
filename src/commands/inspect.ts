import type { Argv } from 'yargs';
import { planOnly } from '../look.js';
import { commonOptions, diskArgument, lookOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image inspect <disk>`: the facts, read-only. */
export const addInspect = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'inspect <disk>',
    'show the facts: release, file systems, kernels and whether they can boot as PV',
    (command) => command.positional('disk', diskArgument.disk).options(commonOptions),
    (flags) =>
      runJob({
        disk: flags.disk,
        flags,
        shows: 'facts',
        work: async (context) => {
          const result = await planOnly(flags.disk, lookOptions(flags), context);
          if (result.kind === 'refusal') {
            return { type: 'outcome', disk: flags.disk, outcome: 'refused', problems: result.problems };
          }
          context.emit({ type: 'facts', facts: result.facts });
          return { type: 'outcome', disk: flags.disk, outcome: 'inspected', problems: [] };
        },
      }),
  );
