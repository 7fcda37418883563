import { closest, distance } from 'fastest-levenshtein';

/** `did you mean "address"?` where one of the known words is near enough to be meant, else nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(word, [...known]);
  // Two letters that have changed their places count as two.
  return distance(word, nearest) <= Math.floor(word.length / 2) ? `did you mean "${nearest}"?` : '';
}
