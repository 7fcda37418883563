/** Both kinds of quotes know the same escapes (xlu__cfgl_dequote in Xen's libxlu_cfg.c). */
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * The value of a quoted string; undefined for an escape that xl refuses. Numeric escapes count as refused: xl 4.17
 * refuses `\x41` and reads `\101` as nothing, so no file can mean them.
 */
export function decodeXlString(quoted: string): string | undefined {
  let value = '';
  for (let at = 1; at < quoted.length - 1; at += 1) {
    const character = quoted.charAt(at);
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    const meaning = escapes[quoted.charAt(at)];
    if (meaning === undefined) return undefined;
    value += meaning;
  }
  return value;
}

/** Writes a value as a string that xl reads back as that value. `quote` is kept when it can be: both can. */
export function encodeXlString(value: string, quote: '"' | "'" = '"'): string {
  const body = value.replace(/[\\\n"']/g, (character) => {
    if (character === '\n') return '\\n';
    return character === '\\' || character === quote ? `\\${character}` : character;
  });
  return `${quote}${body}${quote}`;
}
