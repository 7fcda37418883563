import type { Argv } from 'yargs';
import { examineHost } from '../doctor.js';
import { commonOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image doctor`: what this host has of all that conversions need. */
export const addDoctor = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'doctor',
    'is this host fit? programs, Xen, memory, space, the appliance; opens no image',
    (command) => command.options(commonOptions),
    (flags) => runJob({ disk: 'doctor', flags, shows: 'nothing', work: examineHost }),
  );
