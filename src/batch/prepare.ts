import { checkEntries, type ReadOptions } from './check-entries.js';
import type { Entry, EntryOptions, Mistake, OptionKinds } from './entry.js';
import { findImages } from './find-images.js';
import { readConditions, select } from './where.js';

export interface Question {
  /** List files, patterns and names. */
  readonly args: readonly string[];
  /** Values of `--where`. */
  readonly where: readonly string[];
  /** Which keys a list may have. */
  readonly kinds: OptionKinds;
  /** The options of the command line. */
  readonly flags: EntryOptions;
  readonly read: ReadOptions;
}

export type Prepared =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  /** Every one of them; nothing may start. */
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

/** Finds the images of a batch, chooses among them, and checks them all. The whole list counts, chosen or not. */
export async function prepare({ args, where, kinds, flags, read }: Question): Promise<Prepared> {
  const found = await findImages(args, kinds, flags);
  const { conditions, mistakes: unclear } = readConditions(where);
  const chosen = select(found.entries, conditions, kinds);
  const wrong = await checkEntries(found.entries, read);
  const mistakes = [...found.mistakes, ...unclear, ...wrong, ...chosen.mistakes];
  return mistakes.length > 0
    ? { kind: 'mistakes', mistakes: mistakes.sort(byPlace) }
    : { kind: 'entries', entries: chosen.entries };
}

/** As they stand in the list, by line and column. */
const byPlace = (one: Mistake, other: Mistake): number =>
  one.place.localeCompare(other.place, 'en', { numeric: true });
