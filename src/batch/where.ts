import { matchesGlob } from '../network/glob.js';
import type { Entry, Mistake, OptionKinds } from './entry.js';
import { suggestion } from './suggestion.js';

/** `KEY=PATTERN` of `--where`. */
export interface Condition {
  readonly key: string;
  readonly pattern: string;
}

/** Reads the values of `--where`. */
export function readConditions(texts: readonly string[]): {
  readonly conditions: readonly Condition[];
  readonly mistakes: readonly Mistake[];
} {
  const conditions: Condition[] = [];
  const mistakes: Mistake[] = [];
  for (const text of texts) {
    const [, key, pattern] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key !== undefined && pattern !== undefined) conditions.push({ key, pattern });
    else mistakes.push(notUnderstood(text));
  }
  return { conditions, mistakes };
}

const notUnderstood = (text: string): Mistake => ({
  place: `--where ${text}`,
  message: 'this is not KEY=VALUE',
  remedy: "write --where tag=web, or --where 'disk=*/web*'",
});

/**
 * The entries for which every condition holds. Keys are `disk`, `tag`, the options and the labels of any entry; a `*`
 * stands for anything, a `/` too. An unknown key is a mistake, and so is a choice that leaves nothing.
 */
export function select(
  entries: readonly Entry[],
  conditions: readonly Condition[],
  kinds: OptionKinds,
): { readonly entries: readonly Entry[]; readonly mistakes: readonly Mistake[] } {
  const labels = entries.flatMap((entry) => Object.keys(entry.labels));
  const known = ['disk', 'tag', ...Object.keys(kinds), ...new Set(labels)];
  const mistakes = conditions
    .filter(({ key }) => !known.includes(key))
    .map(({ key, pattern }) => ({
      place: `--where ${key}=${pattern}`,
      message: `no image has a "${key}"`,
      remedy: suggestion(key, known) || `known keys: ${known.join(', ')}`,
    }));
  const chosen = entries.filter((entry) => conditions.every((condition) => holds(entry, condition)));
  if (chosen.length > 0 || entries.length === 0 || mistakes.length > 0) return { entries: chosen, mistakes };
  const place = conditions.map(({ key, pattern }) => `--where ${key}=${pattern}`).join(' ');
  const message = `none of the ${entries.length} images is chosen`;
  return { entries: [], mistakes: [{ place, message, remedy: 'choose others, or leave --where out' }] };
}

const holds = (entry: Entry, { key, pattern }: Condition): boolean =>
  valuesOf(entry, key).some((value) => matchesGlob(pattern, value));

/** A label that is called like an option is found as well as the option. */
function valuesOf({ disk, tags, options, labels }: Entry, key: string): string[] {
  if (key === 'disk') return [disk];
  if (key === 'tag') return [...tags];
  const option = Object.hasOwn(options, key) ? [options[key] ?? []].flat().map(String) : [];
  return Object.hasOwn(labels, key) ? [...option, labels[key] ?? ''] : option;
}
