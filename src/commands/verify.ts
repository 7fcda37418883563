import type { Argv } from 'yargs';
import { VerificationError } from '../errors.js';
import type { Outcome } from '../events.js';
import { planOnly } from '../look.js';
import { verifyPygrub } from '../stages/verify-pygrub.js';
import { withScratch } from '../state/state-directory.js';
import { commonOptions, diskArgument, lookOptions, verifyOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image verify <disk>`: would it boot as PV as it is? Read-only. */
export const addVerify = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'verify <disk>',
    'is the guest ready to boot as PV? Reads only',
    (command) =>
      command.positional('disk', diskArgument.disk).options({ ...commonOptions, ...verifyOptions }),
    (flags) => {
      const { disk } = flags;
      return runJob({
        disk,
        flags,
        shows: 'nothing',
        work: async (context): Promise<Outcome> => {
          const result = await planOnly(disk, lookOptions(flags), context);
          if (result.kind === 'refusal')
            return { type: 'outcome', disk, outcome: 'refused', problems: result.problems };
          const { planning, image } = result;
          if (planning.kind === 'refusal')
            return { type: 'outcome', disk, outcome: 'refused', problems: planning.problems };
          if (planning.kind === 'installation') {
            const missing = planning.packages.reasons.join('; ');
            throw new VerificationError(`the guest is not ready for PV: ${missing}`, {
              remedy: `"convert-image plan ${disk}" shows what has to change`,
            });
          }
          if (planning.kind === 'plan') {
            const missing = planning.plan.steps.map(({ path, reasons }) => `${path}: ${reasons.join('; ')}`);
            throw new VerificationError(`the guest is not ready for PV:\n${missing.join('\n')}`, {
              remedy: `"convert-image plan ${disk}" shows what has to change`,
            });
          }
          await withScratch(context.stateDirectory, (scratch) =>
            verifyPygrub(image, planning.plan.boot, scratch, context),
          );
          return { type: 'outcome', disk, outcome: 'verified', problems: [] };
        },
      });
    },
  );
