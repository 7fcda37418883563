import type { Argv } from 'yargs';
import { convert } from '../convert.js';
import { commonOptions, convertOnlyOptions, convertOptions, diskArgument, planOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image <disk>`: inspect, plan, apply, verify, commit, flip the record. */
export const addConvert = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    '$0 <disk>',
    'make the guest on the disk boot as a Xen PV guest, and flip its record',
    (command) =>
      command
        .positional('disk', diskArgument.disk)
        .options({ ...commonOptions, ...planOptions, ...convertOnlyOptions }),
    (flags) => {
      const bootTest = flags['boot-test'] ? { cacheDirectory: flags.cache } : undefined;
      const options = { ...convertOptions(flags), bootTest };
      return runJob({
        disk: flags.disk,
        flags,
        shows: 'nothing',
        leavesReport: true,
        work: (context) => convert(flags.disk, options, context),
      });
    },
  );
