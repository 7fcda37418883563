import type { Argv } from 'yargs';
import type { Context } from '../context.js';
import type { ConvertOptions } from '../convert-options.js';
import type { Outcome } from '../events.js';
import { planOnly } from '../look.js';
import type { Planning, Problem } from '../model.js';
import { bootNotices, recordBootOf } from '../stages/boot-files.js';
import { type PreparedRecord, prepareRecord, previewRecord, recordNotices } from '../stages/flip.js';
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
        work: (context) => showPlan(disk, options, context),
      });
    },
  );

async function showPlan(disk: string, options: ConvertOptions, context: Context): Promise<Outcome> {
  const refused = (problems: readonly Problem[]): Outcome => ({
    type: 'outcome',
    disk,
    outcome: 'refused',
    problems,
  });
  const result = await planOnly(disk, options, context);
  if (result.kind === 'refusal') return refused(result.problems);
  const { planning, image } = result;
  const { stateDirectory } = context;
  const boot = 'plan' in planning ? planning.plan.boot : undefined;
  const way = boot === undefined ? undefined : recordBootOf(boot, image, stateDirectory);
  const record = await prepareRecord(options.record, image, stateDirectory, way);
  if (planning.kind === 'refusal' || record.kind === 'refusal') {
    return refused([planning, record].flatMap((part) => (part.kind === 'refusal' ? part.problems : [])));
  }
  const notices = boot === undefined ? [] : await bootNotices(boot, image, stateDirectory);
  for (const notice of [...notices, ...recordNotices(record)]) context.emit({ type: 'notice', notice });
  show(planning, record, context);
  if (planning.kind !== 'already-pv') return { type: 'outcome', disk, outcome: 'planned', problems: [] };
  const mode = boot?.target === undefined ? {} : { target: boot.target };
  const preview = previewRecord(record);
  return { type: 'outcome', disk, outcome: 'already-pv', record: preview, problems: [], ...mode };
}

function show(
  planning: Exclude<Planning, { kind: 'refusal' }>,
  record: PreparedRecord,
  { emit }: Context,
): void {
  const { notices } = planning.kind === 'installation' ? planning : planning.plan;
  for (const notice of notices) emit({ type: 'notice', notice });
  if (planning.kind === 'installation') {
    const { packages, steps, values } = planning;
    emit({ type: 'installation', packages, steps, values });
  } else {
    emit({ type: 'plan', plan: planning.plan, record: previewRecord(record) });
  }
}
