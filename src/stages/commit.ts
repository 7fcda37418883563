import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { CommitError, ToolError } from '../errors.js';
import type { BootTarget, DiskImage, Overlay } from '../model.js';
import {
  archiveOf,
  beginConversion,
  type Conversion,
  conversionsOf,
  dropConversion,
  overlayOf,
  reach,
  stateOf,
} from '../state/conversions.js';
import type { CommittedEntry, CommittingEntry } from '../state/journal-entry.js';
import { layerExtents } from '../tools/qemu-img.js';
import { archiveSize } from './archive-size.js';
import { moveBootFiles } from './boot-files.js';
import { checkSpace } from './commit-space.js';
import { mergeExtents } from './extents.js';
import type { PreparedRecord } from './flip.js';
import { lastLook, requireSame } from './last-look.js';
import { identify } from './open.js';
import { intentOf } from './record-intent.js';
import { saveOriginals } from './save-originals.js';
import { watchedParts } from './watched-parts.js';
import { writeLayer } from './write-layer.js';

/** All that a commit needs, in a folder of this run: overlay, undo archive, and what the journal will begin with. */
export interface PreparedCommit {
  readonly folder: string;
  readonly entry: CommittingEntry;
}

/**
 * Gets ready to write: makes sure that there is room for everything, and saves the image's own content of whatever will
 * be overwritten in the undo archive (design section 6, step 4). Throws a `ToolError`; the image is only read.
 */
export async function prepareCommit(
  overlay: Overlay,
  { boot, record, scratch }: { boot: BootTarget; record: PreparedRecord; scratch: string },
  { signal }: Context,
): Promise<PreparedCommit> {
  const { image } = overlay;
  await requireSame(image);
  const ranges = mergeExtents(await layerExtents(overlay.path), image.virtualBytes);
  await checkSpace(image, ranges, scratch);
  const folder = await preparedFolder(scratch);
  await moveBootFiles(scratch, folder);
  await rename(overlay.path, overlayOf({ folder }));
  const archive = archiveOf({ folder });
  await saveOriginals({ image, layer: overlayOf({ folder }), ranges, archive }, signal);
  const archiveBytes = await archiveSize(archive);
  return { folder, entry: beginning(image, { ranges, boot, archiveBytes, record: intentOf(record) }) };
}

/** For a guest that is PV already, and whose record isn't: nothing is written to the image. */
export async function prepareRecordOnly(
  image: DiskImage,
  { boot, record, scratch }: { boot: BootTarget; record: PreparedRecord; scratch: string },
): Promise<PreparedCommit> {
  const folder = await preparedFolder(scratch);
  await moveBootFiles(scratch, folder);
  const entry = beginning(image, { ranges: [], boot, archiveBytes: 0, record: intentOf(record) });
  return { folder, entry };
}

async function preparedFolder(scratch: string): Promise<string> {
  const folder = join(scratch, 'conversion');
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

const beginning = (
  image: DiskImage,
  rest: Pick<CommittingEntry, 'ranges' | 'boot' | 'archiveBytes' | 'record'>,
): CommittingEntry => ({ state: 'committing', version: 1, time: now(), image, ...rest });

const now = (): string => new Date().toISOString();

/**
 * After a last look that nobody else uses the image or has changed it meanwhile, begins the journal and moves the
 * overlay's content into the image. A commit that fails is taken back at once: then a
 * `ToolError` says that the image is as it was. A `CommitError` says that this failed too, and what mends it.
 */
export async function commit(
  { folder, entry }: PreparedCommit,
  scratch: string,
  context: Context,
): Promise<Conversion> {
  await lastLook(entry.image);
  // Up to here a signal leaves nothing behind.
  context.signal.throwIfAborted();
  context.emit({ type: 'committing', disk: entry.image.path });
  const conversion = await beginConversion(context.stateDirectory, folder, entry);
  return finishCommit(conversion, scratch, context);
}

/** Writes what a conversion in the state `committing` has to write: from the beginning, or once more after a crash. */
export async function finishCommit(
  conversion: Conversion,
  scratch: string,
  context: Context,
): Promise<Conversion> {
  const written = await writeOverlay(conversion, scratch, context).catch(async (error: unknown) => {
    throw await takeBack(conversion, scratch, context, error);
  });
  // Not taken back where only this fails: the line may have reached the disk all the same, and a journal that says
  // `committed` while the original is written back would be believed.
  return reach(conversion, { state: 'committed', time: now(), ...written }).catch((error: unknown) => {
    const { path } = conversion.begun.image;
    throw new CommitError(`${path} is converted, and its journal can't be written: ${describe(error)}`, {
      remedy: `mend the cause, then run "convert-image ${path}" to finish or "convert-image undo ${path}" to go back`,
      cause: error,
    });
  });
}

/** What the journal keeps of an image that has the new content. */
async function writeOverlay(
  conversion: Conversion,
  scratch: string,
  { signal }: Context,
): Promise<Pick<CommittedEntry, 'identity' | 'watched' | 'sha256'>> {
  const { image, ranges } = conversion.begun;
  const options = { signal, scratch };
  const watched = ranges.length === 0 ? [] : await watchedParts(image, ranges, options);
  const layer = { image, layer: overlayOf(conversion), parts: watched, punchHoles: false };
  const { sha256 } = ranges.length === 0 ? {} : await writeLayer(layer, options);
  return { identity: await identify(image.path), watched, ...(sha256 === undefined ? {} : { sha256 }) };
}

/** Writes the original content back, and says what became of the image. */
async function takeBack(
  conversion: Conversion,
  scratch: string,
  { stateDirectory, signal }: Context,
  cause: unknown,
): Promise<Error> {
  const { image, ranges } = conversion.begun;
  const reason = `the commit into ${image.path} failed: ${describe(cause)}`;
  try {
    const layer = { image, layer: archiveOf(conversion), parts: ranges, punchHoles: true };
    if (ranges.length > 0) await writeLayer(layer, { signal, scratch });
    await reach(conversion, { state: 'undone', time: now() });
    await dropConversion(conversion, stateDirectory, scratch);
    const remedy = 'mend the cause and run the conversion again; the original content was written back';
    return new ToolError(reason, { remedy, cause });
  } catch (error) {
    return new CommitError(`${reason}; and so did writing the original content back: ${describe(error)}`, {
      remedy: `do not start the guest; mend the cause, then run "convert-image ${image.path}" to finish or "convert-image undo ${image.path}" to go back`,
      cause,
    });
  }
}

/** Drops what only a repetition of the commit would need. Where that fails it takes space until the archive goes. */
export async function dropOverlay(conversion: Conversion): Promise<void> {
  const options = { recursive: true, force: true };
  for (const path of [overlayOf(conversion), join(conversion.folder, 'boot-files')])
    await rm(path, options).catch(() => undefined);
}

/** The same of earlier conversions, where a run was killed right after it was done, or before an undo began to write. */
export async function dropSpentOverlays(image: DiskImage, stateDirectory: string): Promise<void> {
  const { conversions } = await conversionsOf(stateDirectory, image.path, image.identity);
  for (const conversion of conversions) if (stateOf(conversion) === 'done') await dropOverlay(conversion);
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
