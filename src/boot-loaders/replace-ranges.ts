/** A stretch of the text, to be replaced without touching anything else. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface Replacement {
  readonly range: TextRange;
  readonly text: string;
}

/** Puts each text in the place of its range. The ranges don't overlap and may come in any order. */
export function replaceRanges(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let done = 0;
  const inOrder = [...replacements].sort((one, other) => one.range.start - other.range.start);
  for (const { range, text: now } of inOrder) {
    result += text.slice(done, range.start) + now;
    done = range.end;
  }
  return result + text.slice(done);
}
