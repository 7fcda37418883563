import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "address"?` where one of the known words is near enough to be meant, else nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(word, [...known]);
  // A third of the letters may be wrong, but a word of three letters isn't another one by one letter only.
  return distance(word, nearest) <= Math.max(1, Math.floor(word.length / 3))
    ? `did you mean "${nearest}"?`
    : '';
}
