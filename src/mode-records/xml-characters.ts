/**
 * Whether a text has no character that XML has no place for: control characters, also where they are written as
 * references. One character per byte; whether these are an encoding's is asked elsewhere.
 */
export const hasControlCharacter = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is sought.
  /[\0-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]/.test(text);

const reference = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,9})|#x([\dA-Fa-f]{1,8}));|&/g;

/** Whether every `&` begins one of the five entities that need no declaration, or names a character that may be there. */
export const hasGoodReferences = (text: string): boolean =>
  [...text.matchAll(reference)].every(([, name, decimal, hexadecimal]) => {
    if (name !== undefined) return true;
    if (decimal !== undefined) return isCharacter(Number.parseInt(decimal, 10));
    return hexadecimal !== undefined && isCharacter(Number.parseInt(hexadecimal, 16));
  });

/** The production `Char` of XML 1.0. */
const isCharacter = (code: number): boolean =>
  [0x9, 0xa, 0xd].includes(code) ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);
