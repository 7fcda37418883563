import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { CommitError } from '../errors.js';
import type { RecordOutcome } from '../events.js';
import type { ViewOptions } from '../guest-access/direct/raw-view.js';
import type { DiskImage, Problem } from '../model.js';
import { stateRefusals } from '../plan/state-refusals.js';
import { archiveOf, type Conversion, overlayOf, reach, stateOf } from '../state/conversions.js';
import { syncPath } from '../state/sync.js';
import { removeBootFiles } from './boot-files.js';
import { isUnchanged } from './changed-since.js';
import { checkSpace } from './commit-space.js';
import { foreignSector } from './compare-layers.js';
import { unflipRecord } from './flip.js';
import { lastLook } from './last-look.js';
import { recordOf } from './record-intent.js';
import { saveOriginals } from './save-originals.js';
import { writeLayer } from './write-layer.js';

/** Why the original blocks must not be written back as things are; undefined when they may. */
export async function obstacleToUndo(
  conversion: Conversion,
  image: DiskImage,
  options: ViewOptions,
): Promise<Problem | undefined> {
  const { ranges } = conversion.begun;
  if (ranges.length === 0) return undefined;
  const state = stateOf(conversion);
  if (state === 'committed' || state === 'done') {
    const unchanged = await isUnchanged(conversion, image, options);
    return unchanged ? undefined : stateRefusals['image-changed'](image.path, 'its blocks or times differ');
  }
  const layers = [overlayOf(conversion), archiveOf(conversion)] as const;
  const at = await foreignSector(image, layers, ranges, options);
  if (at === undefined) return undefined;
  return stateRefusals['image-changed'](image.path, `byte ${at} is neither the old nor the new one`);
}

/**
 * Makes the record say what it said before the conversion. `earlier` are the image's conversions before that one, whose
 * record may still name the kernel that dom0 keeps. Throws a `RecordError`.
 */
export async function undoRecord(
  conversion: Conversion,
  earlier: readonly Conversion[],
  context: Context,
): Promise<RecordOutcome> {
  const { boot, image } = conversion.begun;
  const outcome = await unflipRecord(await recordOf(conversion, image));
  const isNeeded = earlier.some(({ begun }) => begun.boot.way === 'kernel');
  if (!isNeeded) await removeBootFiles(boot, image, context.stateDirectory);
  return outcome;
}

/**
 * Writes the original content back; the conversion can be forgotten then. What is overwritten is saved first, and the journal says
 * how far it has come, so that it can be interrupted and repeated as a commit can.
 */
export async function undoDisk(
  conversion: Conversion,
  image: DiskImage,
  scratch: string,
  context: Context,
): Promise<void> {
  const { ranges } = conversion.begun;
  const options = { signal: context.signal, scratch };
  if (ranges.length === 0) return;
  const undoing = await beginUndo(conversion, image, scratch, context);
  const layer = { image, layer: archiveOf(conversion), parts: ranges, punchHoles: true };
  await writeLayer(layer, options).catch((error: unknown) => {
    throw new CommitError(`${image.path} could not be made what it was: ${describe(error)}`, {
      remedy: `do not start the guest; mend the cause, then run "convert-image undo ${image.path}" again`,
      cause: error,
    });
  });
  await reach(undoing, { state: 'undone', time: now() });
}

/** A conversion that isn't done still has the layer with the converted content. */
async function beginUndo(
  conversion: Conversion,
  image: DiskImage,
  scratch: string,
  { signal }: Context,
): Promise<Conversion> {
  const state = stateOf(conversion);
  if (state === 'undoing') return conversion;
  if (state === 'done') {
    const { ranges } = conversion.begun;
    await checkSpace(image, ranges, conversion.folder);
    const layer = join(scratch, 'converted.qcow2');
    await saveOriginals({ image, layer: archiveOf(conversion), ranges, archive: layer }, signal);
    await syncPath(layer);
    await rename(layer, overlayOf(conversion));
    await syncPath(conversion.folder);
  }
  await lastLook(image);
  return reach(conversion, { state: 'undoing', time: now() });
}

const now = (): string => new Date().toISOString();

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
