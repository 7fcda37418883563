/** What Python's str.isspace() accepts below U+10000; differs from JavaScript's `\s` (unicode database, CPython 3). */
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const spaces = new RegExp(`[${space}]*`, 'y');
const word = new RegExp(`[^${space}]+`, 'y');
const oneSpace = new RegExp(`[${space}]`);

/** str.strip() */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && oneSpace.test(text.charAt(end - 1))) end -= 1;
  return text.slice(skip(spaces, text, 0), end);
}

/** str.split(None, limit): at runs of blanks, at most `limit` times; the last part keeps its trailing blanks. */
export function splitAtSpaces(text: string, limit: number): string[] {
  const parts: string[] = [];
  let at = skip(spaces, text, 0);
  while (at < text.length) {
    const end = parts.length === limit ? text.length : skip(word, text, at);
    parts.push(text.slice(at, end));
    at = skip(spaces, text, end);
  }
  return parts;
}

/** str.split(separator, limit): at most `limit` times, the rest stays whole. */
export function splitAt(text: string, separator: string, limit: number): string[] {
  const parts = text.split(separator);
  return parts.length <= limit + 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

/** int(text), for ASCII digits; undefined where Python raises ValueError (also beyond 4300 digits). */
export function parseInteger(text: string): number | undefined {
  const digits = strip(text);
  if (!/^[+-]?[0-9]+(?:_[0-9]+)*$/.test(digits) || digits.replace(/[^0-9]/g, '').length > 4300)
    return undefined;
  return Number(digits.replaceAll('_', ''));
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
