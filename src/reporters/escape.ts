/**
 * Makes a text safe for a terminal: control characters, and characters that turn or hide what comes after them
 * (bidirectional overrides, zero-width characters), are written as `\\x1b` or `\\u202e`. Tabs and newlines stay.
 */
export function escapeForTerminal(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (!dangerous.some(([first, last]) => code >= first && code <= last)) return character;
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  }).join('');
}

/** Ranges of code points, last one included. */
const dangerous: readonly (readonly [number, number])[] = [
  [0x00, 0x08], // C0 without tab and newline
  [0x0b, 0x1f],
  [0x7f, 0x9f], // DEL and C1
  [0x200b, 0x200f], // zero width, direction marks
  [0x2028, 0x202e], // line separators, direction overrides
  [0x2060, 0x2069],
  [0xfeff, 0xfeff], // byte order mark
  [0xd800, 0xdfff], // half a surrogate pair
];

/** Guest texts hold one character per byte: shows them as UTF-8 where they are, each line for itself. */
export function readable(bytes: string): string {
  return bytes.split('\n').map(readableLine).join('\n');
}

function readableLine(line: string): string {
  const codes = Array.from(line, (character) => character.charCodeAt(0));
  if (!codes.some((code) => code > 0x7f) || codes.some((code) => code > 0xff)) return line;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(codes));
  } catch {
    return codes
      .map((code) => (code > 0x7f ? `\\x${code.toString(16)}` : String.fromCharCode(code)))
      .join('');
  }
}

/** A text that may go to a terminal as it is. */
export class SafeText {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }

  toString(): string {
    return this.value;
  }
}

/** Builds a safe text: what stands in the template is ours, what is put in is escaped unless it is safe already. */
export function safe(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | SafeText)[]
): SafeText {
  const text = parts
    .map((part, index) => `${part}${index < values.length ? cleanse(values[index]) : ''}`)
    .join('');
  return new SafeText(text);
}

/** Joins safe texts as lines. */
export const safeLines = (lines: readonly SafeText[]): SafeText => new SafeText(lines.join('\n'));

const cleanse = (value: string | number | SafeText | undefined): string =>
  value instanceof SafeText ? value.value : escapeForTerminal(readable(String(value ?? '')));
