import { ConversionError } from '../errors.js';
import { type Entry, type EntryOptions, type Mistake, placeOf } from './entry.js';
import { type EntryKeys, keysHere } from './entry-keys.js';

/** What an image's options come to when they are read as the command line's; throws a `UsageError` for wrong ones. */
export type ReadOptions = (options: EntryOptions) => {
  /** The static address that the guest gets. */
  readonly address?: string;
  readonly record: string;
};

/**
 * Finds what must be mended before the first conversion starts: options that the command line would refuse, images
 * that aren't there or come twice (by a link, too), and two images with the same address or record. `keys` are others where
 * the images aren't on this host.
 */
export async function checkEntries(
  entries: readonly Entry[],
  read: ReadOptions,
  keys: EntryKeys = keysHere,
): Promise<readonly Mistake[]> {
  const mistakes: Mistake[] = [];
  const [disks, addresses, records] = [new Map(), new Map(), new Map()] as Map<string, Entry>[];
  for (const entry of entries) {
    const image = await keys.image(entry);
    if (typeof image === 'string') once(disks, image, entry, 'disk', mistakes);
    else mistakes.push(image);
    const options = optionsOf(entry, read);
    if ('place' in options) {
      mistakes.push(options);
      continue;
    }
    if (options.address !== undefined) once(addresses, options.address, entry, 'address', mistakes);
    const record = await keys.record(options.record, entry);
    if (record !== undefined) once(records, record, entry, 'record', mistakes);
  }
  return withoutRepeats(mistakes);
}

type Once = 'disk' | 'address' | 'record';

const remedies: Readonly<Record<Once, string>> = {
  disk: 'name each image once',
  address: 'give each guest its own',
  record: 'a record names the disk of one guest: correct one of them',
};

/** The first entry with a key may have it; each later one is a mistake. */
function once(
  seen: Map<string, Entry> | undefined,
  key: string,
  entry: Entry,
  what: Once,
  mistakes: Mistake[],
) {
  const first = seen?.get(key);
  if (first === undefined) return void seen?.set(key, entry);
  const message = `${sameAs(what, entry, first, key)} at ${placeOf(first, what)}`;
  mistakes.push({ place: placeOf(entry, what), message, remedy: remedies[what] });
}

function sameAs(what: Once, entry: Entry, first: Entry, key: string): string {
  if (what !== 'disk') return `the ${what} ${entry.options[what] ?? key} is that of the image`;
  if (first.disk === entry.disk) return `${entry.disk} is named more than once, first`;
  return `${entry.disk} is the same image as ${first.disk}`;
}

function optionsOf(entry: Entry, read: ReadOptions): ReturnType<ReadOptions> | Mistake {
  try {
    return read(entry.options);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    // Messages name the option that is wrong; some name two.
    const names = [...error.message.matchAll(/--([a-z-]+)|\b(site|gateway|address)\b/g)];
    const key = names.map(([, option, word]) => option ?? word ?? '').find((name) => name in entry.places);
    return { place: placeOf(entry, key), message: error.message, remedy: error.remedy };
  }
}

/** A wrong default is one mistake, however many images have it. */
function withoutRepeats(mistakes: readonly Mistake[]): Mistake[] {
  const seen = new Set<string>();
  return mistakes.filter(({ place, message }) => {
    const key = `${place} ${message}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
