import type { Context } from '../context.js';
import { CommitError, RecordError } from '../errors.js';
import type { RecordOutcome } from '../events.js';
import type { DiskImage } from '../model.js';
import { archiveOf, type Conversion, committedOf, overlayOf, reach, stateOf } from '../state/conversions.js';
import { placeBootFiles, recordBootOf } from './boot-files.js';
import { isUnchanged } from './changed-since.js';
import { dropOverlay, finishCommit } from './commit.js';
import { foreignSector } from './compare-layers.js';
import { flipRecord, type PreparedRecord, prepareRecord } from './flip.js';
import { stopAt, whileHeld } from './hold.js';
import { intentOf, recordOf } from './record-intent.js';
import { stage } from './stage.js';

/**
 * Goes on with a conversion that was interrupted: writes to the image what is missing there and flips the record as it
 * was planned then. `record` is this run's `--record`. Undefined where the guest has run since the disk was converted:
 * then it has to be looked at as any other.
 */
export async function resume(
  conversion: Conversion,
  image: DiskImage,
  { record, scratch }: { readonly record: string; readonly scratch: string },
  context: Context,
): Promise<RecordOutcome | undefined> {
  const options = { signal: context.signal, scratch };
  const committed =
    stateOf(conversion) === 'committing'
      ? await stage(context, 'recover', image.path, async () =>
          whileHeld(await recordFor(conversion, image, record), stopAt, context, async () => {
            await requireBetween(conversion, image, options);
            return finishCommit(conversion, scratch, context);
          }),
        )
      : conversion;
  // What this run has written and read back needs no second look, which a device or another format may not allow.
  if (committed === conversion && !(await isUnchanged(committed, image, options))) return undefined;
  const prepared = await recordFor(committed, image, record);
  return stage(context, 'flip', '', () => finishRecord(committed, prepared, context));
}

/** The record as it was planned then, unless this run's `--record` is `none`. */
const recordFor = async (
  conversion: Conversion,
  image: DiskImage,
  option: string,
): Promise<PreparedRecord> =>
  option === 'none' ? { kind: 'none', reason: '--record none was given' } : recordOf(conversion, image);

/** Throws a `CommitError` unless every sector that the commit writes is an old one or a new one. */
async function requireBetween(
  conversion: Conversion,
  image: DiskImage,
  options: { readonly signal: AbortSignal; readonly scratch: string },
): Promise<void> {
  const layers = [overlayOf(conversion), archiveOf(conversion)] as const;
  const { ranges } = conversion.begun;
  const at = ranges.length === 0 ? undefined : await foreignSector(image, layers, ranges, options);
  if (at === undefined) return;
  throw new CommitError(
    `somebody has written to ${image.path} after the commit was interrupted: byte ${at} is neither the old nor the new one`,
    {
      remedy: `restore the image from a backup and run "convert-image forget ${image.path}"; ${archiveOf(conversion)} holds the original of what the commit overwrites`,
    },
  );
}

/** Flips the record, notes that all is done, and drops what only a repetition would need. */
export async function finishRecord(
  conversion: Conversion,
  prepared: PreparedRecord,
  context: Context,
): Promise<RecordOutcome> {
  const { boot, image } = conversion.begun;
  const { stateDirectory } = context;
  await placeBootFiles(boot, image, conversion.folder, stateDirectory);
  const flipped = await flip(conversion, prepared, stateDirectory);
  const done = await reach(flipped.conversion, { state: 'done', time: new Date().toISOString() });
  await dropOverlay(done);
  return flipped.outcome;
}

/** A record that was changed since it was planned is planned once more, from what it says now. */
async function flip(conversion: Conversion, prepared: PreparedRecord, stateDirectory: string) {
  try {
    return { conversion, outcome: await flipRecord(prepared) };
  } catch (error) {
    if (!(error instanceof RecordError) || prepared.kind !== 'record') throw error;
    const { boot, image } = conversion.begun;
    const way = recordBootOf(boot, image, stateDirectory);
    const again = await prepareRecord(prepared.record.option, image, stateDirectory, way);
    const committed = committedOf(conversion);
    const isSame = JSON.stringify(again) === JSON.stringify(prepared);
    if (again.kind === 'refusal' || committed === undefined || isSame) throw error;
    const intent = intentOf(again);
    const time = new Date().toISOString();
    // One that says PV by now keeps its old text in the journal: going back must not leave it as it is without a word.
    const noted =
      intent.kind === 'none' ? conversion : await reach(conversion, { ...committed, time, record: intent });
    return { conversion: noted, outcome: await flipRecord(again) };
  }
}
