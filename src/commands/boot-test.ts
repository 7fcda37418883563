import type { Argv } from 'yargs';
import type { Context } from '../context.js';
import type { ConvertOptions } from '../convert-options.js';
import { ToolError } from '../errors.js';
import type { Outcome } from '../events.js';
import { pvConfig } from '../mode-records/pv-config.js';
import type { RecordBoot } from '../mode-records/record-boot.js';
import type { BootRequest, DiskImage } from '../model.js';
import { bootReport, testBoot } from '../stages/boot-test.js';
import type { PreparedRecord } from '../stages/flip.js';
import { openImage } from '../stages/open.js';
import { interruption } from '../stages/pending.js';
import { stage } from '../stages/stage.js';
import { withScratch } from '../state/state-directory.js';
import { pvGrubOf } from '../tools/host-xen.js';
import { commonOptions, convertOptions, diskArgument, planOptions } from './options.js';
import type { RunJob } from './runtime.js';

/** `convert-image boot-test <disk>`: boots a throw-away overlay of the disk, as it is, as a PV domain under Xen. */
export const addBootTest = (yargs: Argv, runJob: RunJob): Argv =>
  yargs.command(
    'boot-test <disk>',
    'boot a throw-away overlay of the disk as a PV guest under Xen; with --address it must answer ping there',
    (command) => command.positional('disk', diskArgument.disk).options({ ...commonOptions, ...planOptions }),
    (flags) => {
      const options = convertOptions({ ...flags, record: 'none' });
      const work = (context: Context) => bootTest(flags.disk, options, flags.cache, context);
      return runJob({ disk: flags.disk, flags, shows: 'nothing', work });
    },
  );

async function bootTest(
  disk: string,
  options: ConvertOptions,
  cache: string,
  context: Context,
): Promise<Outcome> {
  const format = options.format === undefined ? {} : { format: options.format };
  const opening = await openImage(disk, { ...format, willWrite: false });
  if (opening.kind === 'refusal')
    return { type: 'outcome', disk, outcome: 'refused', problems: opening.problems };
  const interrupted = await interruption(disk, opening.image.identity, context.stateDirectory);
  if (interrupted !== undefined)
    return { type: 'outcome', disk, outcome: 'refused', problems: [interrupted] };
  const boot = bootOf(options.request.boot);
  const record = recordFor(boot, opening.image);
  const test = { cacheDirectory: cache, request: options.request, record, boot };
  const result = await withScratch(context.stateDirectory, (scratch) =>
    stage(context, 'boot-test', 'under Xen', () => testBoot(opening.image, test, scratch, context)),
  );
  return {
    type: 'outcome',
    disk,
    outcome: 'boots',
    ...(boot.target === undefined ? {} : { target: boot.target }),
    problems: [],
    boot: bootReport(result),
  };
}

/** Without a look into the guest, pygrub is what `auto` means. */
function bootOf({ way, target }: BootRequest): RecordBoot {
  const mode = target === undefined ? {} : { target };
  if (way !== 'kernel')
    return way === 'pvgrub2'
      ? { kind: way, program: pvGrubOf(target), ...mode }
      : { kind: 'pygrub', ...mode };
  throw new ToolError('boot-test has no kernel of the guest outside of its disk', {
    remedy: 'give --boot-with pvgrub2 here, or --boot-test to the conversion',
  });
}

/** The rig's own record starts the disk by pygrub; one of GRUB's is made up. */
function recordFor(boot: RecordBoot, { path, format }: DiskImage): PreparedRecord {
  const config = pvConfig({ imagePath: path, format, boot, vifs: [{ mac: '00:16:3e:00:00:01' }] });
  if (boot.kind === 'pygrub' || config.kind !== 'text')
    return { kind: 'none', reason: 'a boot test needs none' };
  return { kind: 'new', path: '', text: config.text };
}
