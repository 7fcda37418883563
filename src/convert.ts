/**
 * The story of a conversion: which arrow comes after which. `model.ts` says what flows along them; each arrow is one
 * file in `stages/`. `convert-guest.ts` has the middle of it.
 */
import { sweepTestDomains } from './boot-test/test-domain.js';
import type { Context } from './context.js';
import { convertOverlay, type Wish } from './convert-guest.js';
import { type ConvertOptions, formatOf, onThisHost } from './convert-options.js';
import { CommitError } from './errors.js';
import type { Outcome, RecordOutcome } from './events.js';
import type { BootTarget, DiskImage, Overlay, Plan, Problem } from './model.js';
import { refusals } from './plan/refusals.js';
import { stateRefusals } from './plan/state-refusals.js';
import { bootNotices, draftBoot, placeBootFiles, recordBootOf } from './stages/boot-files.js';
import { bootReport, testBoot } from './stages/boot-test.js';
import { commit, dropSpentOverlays, prepareCommit, prepareRecordOnly } from './stages/commit.js';
import { refuseWhileItRuns } from './stages/domains.js';
import {
  flipRecord,
  type PreparedRecord,
  prepareRecord,
  previewRecord,
  recordNotices,
} from './stages/flip.js';
import { whileHeld } from './stages/hold.js';
import { identify, openImage } from './stages/open.js';
import { layOver } from './stages/overlay.js';
import { pendingOn, requireWhole, throwOn } from './stages/pending.js';
import { finishRecord, resume } from './stages/resume.js';
import { stage } from './stages/stage.js';
import { verifyPygrub } from './stages/verify-pygrub.js';
import { archiveOf, type Conversion, dropConversion, reach, stateOf } from './state/conversions.js';
import { withImageLock } from './state/image-lock.js';
import { withScratch } from './state/state-directory.js';

const refuse = (disk: string, problems: readonly Problem[]): Outcome => ({
  type: 'outcome',
  disk,
  outcome: 'refused',
  problems,
});

/**
 * Converts one disk image, or says why not. Until the commit everything happens on an overlay; whatever is thrown
 * before it leaves the image as it was. A conversion that was interrupted later is finished first. Two conversions of
 * one image never run at once.
 */
export async function convert(disk: string, options: ConvertOptions, context: Context): Promise<Outcome> {
  await sweepTestDomains();
  const identity = await identify(disk).catch(() => undefined);
  // What can't even be looked at needs no lock to be refused.
  if (identity === undefined) return convertImage(disk, options, context);
  const locked = await withImageLock(context.stateDirectory, identity, () =>
    convertImage(disk, options, context).catch((error: unknown) => throwOn(error, disk, context)),
  );
  if (locked.kind === 'done') return locked.result;
  return refuse(disk, [refusals['image-in-use'](disk, [`convert-image, process ${locked.owner}`])]);
}

/** The story itself. */
async function convertImage(disk: string, options: ConvertOptions, context: Context): Promise<Outcome> {
  const opening = await stage(context, 'open', disk, () =>
    openImage(disk, { ...formatOf(options), willWrite: true }),
  );
  if (opening.kind === 'refusal') {
    await requireWhole(disk, opening.problems, context);
    return refuse(disk, opening.problems);
  }
  const { image } = opening;
  const pending = await pendingOn(disk, image.identity, context.stateDirectory);
  if (pending.kind === 'problem') return refuse(disk, [pending.problem]);
  return withScratch(context.stateDirectory, async (scratch): Promise<Outcome> => {
    await dropSpentOverlays(image, context.stateDirectory);
    if (pending.kind === 'nothing') return convertFromStart(disk, image, options, scratch, context);
    const finished = await goOn(pending.conversion, image, options.record, scratch, context);
    if (finished !== undefined) return { type: 'outcome', disk, ...finished };
    const outcome = await convertFromStart(disk, image, options, scratch, context);
    if (outcome.problems.length === 0) await settle(pending.conversion);
    return outcome;
  });
}

/** What an earlier run has begun is finished as it was planned then; undefined where there is nothing to finish. */
async function goOn(
  conversion: Conversion,
  image: DiskImage,
  record: string,
  scratch: string,
  context: Context,
) {
  const { path } = image;
  if (stateOf(conversion) === 'undoing') {
    const { message, remedy } = stateRefusals['undo-interrupted'](path);
    throw new CommitError(message, { remedy });
  }
  if (stateOf(conversion) === 'undone') {
    await dropConversion(conversion, context.stateDirectory, scratch);
    return undefined;
  }
  const message = `a conversion of ${path} that began to write at ${conversion.begun.time} was interrupted: it is finished as it was planned then`;
  context.emit({ type: 'notice', notice: { code: 'resumed', message } });
  const flipped = await resume(conversion, image, { record, scratch }, context);
  const { target } = conversion.begun.boot;
  return (
    flipped && {
      outcome: 'converted' as const,
      record: flipped,
      problems: [] as const,
      ...(target && { target }),
    }
  );
}

/** The guest had run before the record of that conversion was flipped; by now another conversion has seen to it. */
async function settle(conversion: Conversion): Promise<void> {
  if (stateOf(conversion) !== 'committed') return;
  await reach(conversion, { state: 'done', time: new Date().toISOString() });
}

async function convertFromStart(
  disk: string,
  image: DiskImage,
  given: ConvertOptions,
  scratch: string,
  context: Context,
): Promise<Outcome> {
  const options = await onThisHost(given, context);
  const { stateDirectory } = context;
  const early = await refuseWhileItRuns(await prepareRecord(options.record, image, stateDirectory), image);
  if (early.kind === 'refusal') return refuse(disk, early.problems);
  const wish = { options, record: early.kind === 'record' ? early.record : undefined };
  return whileHeld(
    early,
    (problem) => refuse(disk, [problem]),
    context,
    () => convertHeld(disk, image, wish, scratch, context),
  );
}

/** Records with the means for it keep the guest from being started meanwhile. */
async function convertHeld(
  disk: string,
  image: DiskImage,
  wish: Wish,
  scratch: string,
  context: Context,
): Promise<Outcome> {
  const { stateDirectory } = context;
  const { options } = wish;
  const overlay = await stage(context, 'overlay', scratch, () => layOver(image, scratch));
  const { planning: result, request } = await convertOverlay(overlay, wish, scratch, context);
  if (result.kind === 'refusal') return refuse(disk, result.problems);
  const { boot, notices } = result.plan;
  const way = recordBootOf(boot, image, stateDirectory);
  const record = await prepareRecord(options.record, image, stateDirectory, way);
  if (record.kind === 'refusal') return refuse(disk, record.problems);
  const more = [...(await bootNotices(boot, image, stateDirectory)), ...recordNotices(record)];
  for (const notice of [...notices, ...more]) context.emit({ type: 'notice', notice });
  context.emit({ type: 'plan', plan: result.plan, record: previewRecord(record) });
  await prove(overlay, result.plan, { ...options, request }, record, scratch, context);
  // That may have taken minutes, in which somebody may have started the guest.
  const late = await refuseWhileItRuns(record, image);
  if (late.kind === 'refusal') return refuse(disk, late.problems);
  const proven = { boot, record, scratch };
  const done = { type: 'outcome', disk, problems: [], ...(boot.target && { target: boot.target }) } as const;
  if (result.kind === 'plan') {
    return { ...done, outcome: 'converted', record: await commitAndFlip(overlay, proven, context) };
  }
  return { ...done, outcome: 'already-pv', record: await flipAlone(image, proven, context) };
}

interface Proven {
  readonly boot: BootTarget;
  readonly record: PreparedRecord;
  readonly scratch: string;
}

/** From here on the journal says how far it has come, and the next run or `undo` goes on from there. */
async function commitAndFlip(overlay: Overlay, result: Proven, context: Context): Promise<RecordOutcome> {
  const { path } = overlay.image;
  const prepared = await stage(context, 'save', path, () => prepareCommit(overlay, result, context));
  const conversion = await stage(context, 'commit', path, () => commit(prepared, result.scratch, context));
  const { archiveBytes: bytes } = conversion.begun;
  context.emit({ type: 'undo-archive', path: archiveOf(conversion), bytes });
  return stage(context, 'flip', describe(result.record), () =>
    finishRecord(conversion, result.record, context),
  );
}

/** The guest is PV already: only the record may have to change, and that can be undone as well. */
async function flipAlone(image: DiskImage, result: Proven, context: Context): Promise<RecordOutcome> {
  const { boot, record, scratch } = result;
  const changes = record.kind === 'new' || (record.kind === 'record' && record.plan.kind === 'flip');
  return stage(context, 'flip', describe(record), async () => {
    if (changes) {
      const conversion = await commit(await prepareRecordOnly(image, result), scratch, context);
      return finishRecord(conversion, record, context);
    }
    await placeBootFiles(boot, image, scratch, context.stateDirectory);
    return flipRecord(record);
  });
}

/** What is asked of others than this program, on the overlay, also of a guest that is PV already: will it boot? */
async function prove(
  overlay: Overlay,
  { boot }: Plan,
  options: ConvertOptions,
  record: PreparedRecord,
  scratch: string,
  context: Context,
): Promise<void> {
  const layer = { path: overlay.path, format: 'qcow2' } as const;
  if (boot.way === 'pygrub') {
    await stage(context, 'verify', 'by pygrub', () => verifyPygrub(layer, boot, scratch, context));
  }
  const { bootTest } = options;
  if (bootTest !== undefined) {
    const test = { ...bootTest, request: options.request, record, boot: draftBoot(boot, scratch) };
    const result = await stage(context, 'boot-test', 'under Xen', () =>
      testBoot(layer, test, scratch, context),
    );
    context.emit({ type: 'booted', boot: bootReport(result) });
  }
}

const describe = (record: PreparedRecord): string =>
  record.kind === 'record' ? record.record.name : 'no record';
