import type { Argv } from 'yargs';
import { undo } from '../undo.js';
import { commonOptions, diskArgument, undoOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image undo <disk>`: the record and the image become what they were. */
export const addUndo = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'undo <disk>',
    'give back the original, image and record; refused when the guest has run since',
    (command) => command.positional('disk', diskArgument.disk).options({ ...commonOptions, ...undoOptions }),
    (flags) => {
      const options = {
        discardChanges: flags['discard-changes'] === true,
        recordOnly: flags['record-only'] === true,
        record: flags['keep-record'] === true ? ('none' as const) : ('auto' as const),
        access: flags.access,
      };
      return runJob({
        disk: flags.disk,
        flags,
        shows: 'nothing',
        work: (context) => undo(flags.disk, options, context),
      });
    },
  );
