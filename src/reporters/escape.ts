/**
 * Makes a text safe for a terminal: control characters, and characters that turn or hide what comes after them
 * (bidirectional overrides, zero-width characters), are written as `\\x1b` or `\\u202e`. Tabs and newlines stay.
 */
export function escapeForTerminal(text: string): string {
  return text.replace(dangerous, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 256 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/**
 * Unicode's control and format characters, halves of surrogate pairs, its separators of lines and paragraphs, and
 * whatever else a terminal may show as nothing.
 */
const dangerous = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** JSON for a terminal: the same characters as JSON's own escapes, so that a parser gives them back. */
export function escapeJson(json: string): string {
  return json.replace(dangerous, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/**
 * Guest texts hold one character per byte: shows them as UTF-8 where they are, each line for itself, and as Latin-1
 * else. A text with other characters isn't a guest's and stays. For people only: not safe for a terminal by itself.
 */
export function readable(bytes: string): string {
  return bytes.split('\n').map(readableLine).join('\n');
}

function readableLine(line: string): string {
  const codes = Array.from(line, (character) => character.charCodeAt(0));
  if (!codes.some((code) => code > 0x7f) || codes.some((code) => code > 0xff)) return line;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(codes));
  } catch {
    return line;
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
