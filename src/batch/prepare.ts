import { checkEntries, type ReadOptions } from './check-entries.js';
import type { Entry, EntryOptions, Mistake, OptionKinds } from './entry.js';
import type { EntryKeys } from './entry-keys.js';
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
  /** Missing where the images are on this host. */
  readonly keys?: EntryKeys;
  /** Adds what the list may leave out, before anything is checked. */
  readonly complete?: (entries: readonly Entry[]) => readonly Entry[];
}

export type Prepared =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  /** Every one of them; nothing may start. */
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

/** Finds the images of a batch, chooses among them, and checks them all. The whole list counts, chosen or not. */
export async function prepare(question: Question): Promise<Prepared> {
  const { args, where, kinds, flags, read, keys, complete = (all) => all } = question;
  const found = await findImages(args, kinds, flags);
  const entries = complete(found.entries);
  const { conditions, mistakes: unclear } = readConditions(where);
  const chosen = select(entries, conditions, kinds);
  const wrong = await checkEntries(entries, read, keys);
  const mistakes = [...found.mistakes, ...unclear, ...wrong, ...chosen.mistakes];
  return mistakes.length > 0
    ? { kind: 'mistakes', mistakes: mistakes.sort(byPlace) }
    : { kind: 'entries', entries: chosen.entries };
}

/** As they stand in the list, by line and column. */
const byPlace = (one: Mistake, other: Mistake): number =>
  one.place.localeCompare(other.place, 'en', { numeric: true });
