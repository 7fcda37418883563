import type { Argv } from 'yargs';
import { status } from '../journals.js';
import { commonOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image status [disk]`: what was converted or interrupted here, and what to do about each. */
export const addStatus = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'status [disk]',
    'list conversions: what was interrupted, what can be undone; writes nothing',
    (command) =>
      command
        .positional('disk', { type: 'string', describe: 'only of this disk image' })
        .options(commonOptions),
    (flags) =>
      runJob({
        disk: flags.disk ?? '',
        flags,
        shows: 'nothing',
        work: (context) => status(flags.disk, context),
      }),
  );
