import { mkdir, readdir, realpath, rename } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ImageIdentity } from '../model.js';
import { stableDevicePath } from '../tools/stable-device-path.js';
import { appendEntry, readJournal } from './journal.js';
import type { CommittedEntry, CommittingEntry, ConversionState, JournalEntry } from './journal-entry.js';
import { syncPath } from './sync.js';

/** A conversion that has begun to write to an image, in its folder below the state directory. */
export interface Conversion {
  /** Sorts by age. */
  readonly id: string;
  readonly folder: string;
  readonly entries: readonly JournalEntry[];
  readonly begun: CommittingEntry;
}

/** A folder whose journal can't be read: a person has to look. */
export interface DamagedConversion {
  readonly id: string;
  readonly folder: string;
  readonly reason: string;
}

const names = { journal: 'journal', overlay: 'overlay.qcow2', archive: 'undo.qcow2' } as const;

/** The layer over the image with the converted content; gone when the conversion is done. */
export const overlayOf = ({ folder }: Pick<Conversion, 'folder'>): string => join(folder, names.overlay);

/** The layer over the image with the original content of what the commit overwrites: the undo archive. */
export const archiveOf = ({ folder }: Pick<Conversion, 'folder'>): string => join(folder, names.archive);

/** The state that was reached last. */
export const stateOf = ({ entries }: Conversion): ConversionState => entries.at(-1)?.state ?? 'committing';

/** The image as the commit left it; undefined when it hasn't ended. A later line counts. */
export const committedOf = ({ entries }: Conversion): CommittedEntry | undefined =>
  entries.findLast((entry) => entry.state === 'committed');

const placeOf = (stateDirectory: string): string => join(stateDirectory, 'conversions');

/**
 * Makes a prepared folder, which holds overlay and undo archive, a conversion in the state `committing`, at once and
 * lastingly: before, a crash leaves scratch only; after, the journal is there with all that it needs.
 */
export async function beginConversion(
  stateDirectory: string,
  prepared: string,
  entry: CommittingEntry,
): Promise<Conversion> {
  const place = placeOf(stateDirectory);
  await mkdir(place, { recursive: true, mode: 0o700 });
  await appendEntry(join(prepared, names.journal), entry);
  for (const name of await readdir(prepared, { recursive: true })) await syncPath(join(prepared, name));
  await syncPath(prepared);
  const id = `${await nextNumber(place)}-${readable(entry.image.path)}-${process.pid}`;
  const folder = join(place, id);
  await rename(prepared, folder);
  try {
    await syncPath(place);
    await syncPath(stateDirectory);
  } catch (error) {
    // Nothing is written yet: it has not begun.
    await rename(folder, prepared);
    throw error;
  }
  return { id, folder, entries: [entry], begun: entry };
}

/** One more than the highest so far: clocks jump, and of two conversions of an image the last is undone first. */
async function nextNumber(place: string): Promise<string> {
  const numbers = (await readdir(place)).map((name) => Number.parseInt(name, 10) || 0);
  return String(Math.max(0, ...numbers) + 1).padStart(6, '0');
}

/** The part of a folder's name that tells a person, and `pendingOn`, whose conversion it is. */
export const readable = (path: string): string =>
  basename(path)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 100);

/** Notes lastingly that a state is reached, and returns the conversion as it is then. */
export async function reach(conversion: Conversion, entry: JournalEntry): Promise<Conversion> {
  await appendEntry(join(conversion.folder, names.journal), entry);
  return { ...conversion, entries: [...conversion.entries, entry] };
}

/** Every conversion that is known here, oldest first. */
export async function listConversions(
  stateDirectory: string,
): Promise<{ readonly conversions: readonly Conversion[]; readonly damaged: readonly DamagedConversion[] }> {
  const place = placeOf(stateDirectory);
  const conversions: Conversion[] = [];
  const damaged: DamagedConversion[] = [];
  for (const id of (await readdir(place).catch(() => [])).sort()) {
    const folder = join(place, id);
    const reading = await readJournal(join(folder, names.journal));
    if (reading.kind === 'damaged') damaged.push({ id, folder, reason: reading.reason });
    else conversions.push({ id, folder, entries: reading.entries, begun: beginningOf(reading.entries) });
  }
  return { conversions, damaged };
}

function beginningOf(entries: readonly JournalEntry[]): CommittingEntry {
  const [first] = entries;
  if (first?.state !== 'committing') throw new Error('readJournal takes no journal without a beginning');
  return first;
}

/** Conversions of the image that is called `disk` now, oldest first, and journals that can't be read. */
export async function conversionsOf(
  stateDirectory: string,
  disk: string,
  identity: ImageIdentity | undefined,
): Promise<{ readonly conversions: readonly Conversion[]; readonly damaged: readonly DamagedConversion[] }> {
  const path = await journalPath(disk);
  const { conversions, damaged } = await listConversions(stateDirectory);
  return { conversions: conversions.filter(({ begun }) => isOf(begun, path, identity)), damaged };
}

/** The path by which journals call the image that is called `disk` now. */
export const journalPath = (disk: string): Promise<string> =>
  realpath(disk).then(
    (path) => stableDevicePath(path),
    () => resolve(disk),
  );

/**
 * By its path, or as the same file under another name. A file system gives an inode's number to another file sooner or
 * later, but not with the same time of birth; block devices are renumbered at every boot of the host.
 */
function isOf({ image }: CommittingEntry, path: string, identity: ImageIdentity | undefined): boolean {
  return image.path === path || (identity !== undefined && isSameFile(image.identity, identity));
}

/** Whether two looks saw the same regular file, whatever its content. */
export const isSameFile = (one: ImageIdentity, other: ImageIdentity): boolean =>
  one.inode !== '0' &&
  one.device === other.device &&
  one.inode === other.inode &&
  one.bornNs === other.bornNs;

/** Takes a conversion out of the list, at once and lastingly, into the scratch folder of this run, which is removed. */
export async function dropConversion(
  conversion: Pick<Conversion, 'id' | 'folder'>,
  stateDirectory: string,
  scratch: string,
): Promise<void> {
  await rename(conversion.folder, join(scratch, `dropped-${conversion.id}`));
  await syncPath(placeOf(stateDirectory));
}
