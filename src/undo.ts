/** The story of going back: what a conversion has changed, in the image and in the record, becomes what it was. */
import type { Context } from './context.js';
import { RecordError } from './errors.js';
import type { Outcome, RecordOutcome } from './events.js';
import { type AccessChoice, withGuest } from './guest-access/with-guest.js';
import type { DiskImage, Problem } from './model.js';
import { refusals } from './plan/refusals.js';
import { stateRefusals } from './plan/state-refusals.js';
import { stopAt, whileHeld } from './stages/hold.js';
import { identify, openImage } from './stages/open.js';
import { requireWhole, throwOn } from './stages/pending.js';
import { recordOf } from './stages/record-intent.js';
import { stage } from './stages/stage.js';
import { obstacleToUndo, undoDisk, undoRecord } from './stages/undo.js';
import { archiveOf, type Conversion, conversionsOf, dropConversion } from './state/conversions.js';
import { withImageLock } from './state/image-lock.js';
import { withScratch } from './state/state-directory.js';

export interface UndoOptions {
  /** Also when the guest has run since, if its file systems are sound with the original blocks. */
  readonly discardChanges: boolean;
  /** Flips the record back and leaves the disk converted. */
  readonly recordOnly: boolean;
  /** `none` leaves the record alone. */
  readonly record: 'auto' | 'none';
  readonly access: AccessChoice;
}

const refused = (disk: string, ...problems: readonly Problem[]): Outcome => ({
  type: 'outcome',
  disk,
  outcome: 'refused',
  asked: 'undo',
  problems,
});

/**
 * Gives back what the last conversion of this disk found: first the record, since a converted disk still boots as HVM,
 * then the disk. Refuses when the image has changed since.
 */
export async function undo(disk: string, options: UndoOptions, context: Context): Promise<Outcome> {
  const identity = await identify(disk).catch(() => undefined);
  if (identity === undefined) return refused(disk, refusals['no-such-image'](disk));
  const locked = await withImageLock(context.stateDirectory, identity, () =>
    undoLocked(disk, options, context),
  );
  if (locked.kind === 'done') return locked.result;
  return refused(disk, refusals['image-in-use'](disk, [`convert-image, process ${locked.owner}`]));
}

async function undoLocked(disk: string, options: UndoOptions, context: Context): Promise<Outcome> {
  const { stateDirectory } = context;
  const { conversions, damaged } = await conversionsOf(stateDirectory, disk, await identify(disk));
  const last = conversions.at(-1);
  if (last === undefined) {
    const problems = damaged.map(({ reason, folder }) => stateRefusals['journal-damaged'](reason, folder));
    return refused(disk, stateRefusals['nothing-to-undo'](disk, stateDirectory), ...problems);
  }
  const { format } = last.begun.image;
  const opening = await stage(context, 'open', disk, () => openImage(disk, { format, willWrite: true }));
  if (opening.kind === 'refusal') {
    await requireWhole(disk, opening.problems, context);
    return refused(disk, ...opening.problems);
  }
  const { image } = opening;
  return withScratch(stateDirectory, async (scratch) => {
    const obstacle = options.recordOnly
      ? undefined
      : await obstacleFor(last, image, options, scratch, context);
    if (obstacle !== undefined) return refused(disk, obstacle);
    const record = await stage(context, 'undo', disk, () =>
      goBack(last, conversions.slice(0, -1), image, options, scratch, context).catch((error: unknown) =>
        withWayOut(error, disk),
      ),
    );
    return { type: 'outcome', disk, outcome: 'undone', record, problems: [] } as const;
  }).catch((error: unknown) => throwOn(error, disk, context));
}

/** The record first, since a converted disk still boots as HVM. */
async function goBack(
  last: Conversion,
  earlier: readonly Conversion[],
  image: DiskImage,
  { record, recordOnly }: UndoOptions,
  scratch: string,
  context: Context,
): Promise<RecordOutcome> {
  const outcome =
    record === 'none'
      ? ({ kind: 'none', reason: '--record none was given' } as const)
      : await undoRecord(last, earlier, context);
  if (recordOnly) return outcome;
  const held = outcome.kind === 'none' ? outcome : await recordOf(last, image);
  await whileHeld(held, stopAt, context, () => undoDisk(last, image, scratch, context));
  // Not before the virtual machine is released: nobody would know any more that it must be.
  await dropConversion(last, context.stateDirectory, scratch);
  return outcome;
}

/** Going back stops at the record, before the disk: it may be left to the user. */
function withWayOut(error: unknown, disk: string): never {
  if (!(error instanceof RecordError)) throw error;
  throw new RecordError(error.message, {
    remedy: `mend the record and run "convert-image undo ${disk}" again, or with --keep-record and change it by hand; the disk is still converted`,
    cause: error,
  });
}

async function obstacleFor(
  conversion: Conversion,
  image: DiskImage,
  options: UndoOptions,
  scratch: string,
  context: Context,
): Promise<Problem | undefined> {
  const obstacle = await obstacleToUndo(conversion, image, { signal: context.signal, scratch });
  if (obstacle === undefined || !options.discardChanges) return obstacle;
  const damage = await damageWith(conversion, options.access, scratch, context);
  return damage.length === 0
    ? undefined
    : stateRefusals['undo-would-damage'](image.path, damage.slice(0, 3).join('; '));
}

/** What a check finds on the image with the original blocks laid over what it has now. */
async function damageWith(
  conversion: Conversion,
  choice: AccessChoice,
  scratch: string,
  context: Context,
): Promise<string[]> {
  const layer = { path: archiveOf(conversion), format: 'qcow2' } as const;
  return withGuest(layer, { writable: false, choice, scratch }, context, async (access) => {
    const { fileSystems } = await access.layout();
    return access.check(
      fileSystems.filter(({ type }) => /^(ext[234]|xfs|btrfs)$/.test(type)).map(({ device }) => device),
    );
  });
}
