import type { TextRange } from './grub2.js';

export interface Replacement {
  readonly range: TextRange;
  readonly text: string;
}

/** Puts each text in the place of its range. The ranges don't overlap and may come in any order. */
export function replaceRanges(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let done = 0;
  for (const { range, text: now } of [...replacements].sort(
    (one, other) => one.range.start - other.range.start,
  )) {
    result += text.slice(done, range.start) + now;
    done = range.end;
  }
  return result + text.slice(done);
}
