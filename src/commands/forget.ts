import type { Argv } from 'yargs';
import { forget } from '../journals.js';
import { commonOptions, diskArgument } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image forget <disk>`: drops the undo archives of an image. */
export const addForget = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'forget <disk>',
    'drop the undo archive: the conversion is final then',
    (command) => command.positional('disk', diskArgument.disk).options(commonOptions),
    (flags) =>
      runJob({
        disk: flags.disk,
        flags,
        shows: 'nothing',
        work: (context) => forget(flags.disk, context),
      }),
  );
