import type { Argv } from 'yargs';
import { planOnly } from '../convert.js';
import type { Outcome } from '../events.js';
import { prepareRecord, previewRecord } from '../stages/flip.js';
import { commonOptions, convertOptions, diskArgument, planOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image plan <disk>`: the same diff that `convert` applies; nothing is written. */
export const addPlan = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'plan <disk>',
    'show every change with its reason; nothing is written',
    (command) => command.positional('disk', diskArgument.disk).options({ ...commonOptions, ...planOptions }),
    (flags) => {
      const { disk } = flags;
      const options = convertOptions(flags);
      return runJob({
        disk,
        flags,
        shows: 'plan',
        work: async (context): Promise<Outcome> => {
          const result = await planOnly(disk, options, context);
          if (result.kind === 'refusal')
            return { type: 'outcome', disk, outcome: 'refused', problems: result.problems };
          const record = await prepareRecord(options.record, result.image, context.stateDirectory);
          const problems = [result.planning, record].flatMap((part) =>
            part.kind === 'refusal' ? part.problems : [],
          );
          if (result.planning.kind === 'refusal' || record.kind === 'refusal') {
            return { type: 'outcome', disk, outcome: 'refused', problems };
          }
          const { plan } = result.planning;
          for (const notice of plan.notices) context.emit({ type: 'notice', notice });
          context.emit({ type: 'plan', plan, record: previewRecord(record) });
          if (result.planning.kind === 'plan')
            return { type: 'outcome', disk, outcome: 'planned', problems: [] };
          return {
            type: 'outcome',
            disk,
            outcome: 'already-pv',
            record: previewRecord(record),
            problems: [],
          };
        },
      });
    },
  );
