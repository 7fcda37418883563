import test from 'ava';
import fc from 'fast-check';
import {
  escapeForTerminal,
  escapeJson,
  readable,
  SafeText,
  safe,
  safeLines,
} from '../../../src/reporters/escape.js';

const escapes: readonly [string, string, string][] = [
  ['plain text', 'root=/dev/sda1 "x" \\x1b', 'root=/dev/sda1 "x" \\x1b'],
  ['tabs and newlines stay', 'a\tb\nc', 'a\tb\nc'],
  ['a colour', '\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
  ['a title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
  ['carriage return, backspace, delete', 'a\rb\bc\x7f', 'a\\x0db\\x08c\\x7f'],
  ['a control sequence of eight bits', '\x9b31m', '\\x9b31m'],
  ['zero', '\0', '\\x00'],
  ['right to left', 'a\u202eb\u2066c\u061c', 'a\\u202eb\\u2066c\\u061c'],
  ['invisible', '\u200b\u00ad\ufeff\u2060', '\\u200b\\xad\\ufeff\\u2060'],
  ['line separators', '\u2028\u2029\x85', '\\u2028\\u2029\\x85'],
  ['half a pair', '\ud83d', '\\ud83d'],
  ['a tag character', '\u{e0041}', '\\ue0041'],
  ['letters and signs of all kinds', 'Grüße, мир 日本 😀 \xa0', 'Grüße, мир 日本 😀 \xa0'],
];

for (const [title, text, expected] of escapes) {
  test(`escaped: ${title}`, (t) => {
    t.is(escapeForTerminal(text), expected);
  });
}

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const readables: readonly [string, string, string][] = [
  ['ASCII', 'abc', 'abc'],
  ['UTF-8', bytes('Grüße 日本'), 'Grüße 日本'],
  ['each line for itself', `${bytes('é')}\n\xe9`, 'é\né'],
  ['Latin-1', 'Gr\xfc\xdfe', 'Grüße'],
  ['cut UTF-8', '\xc3', '\xc3'],
  ['too long a form of a slash', '\xc0\xaf', '\xc0\xaf'],
  ['a byte order mark is not lost', bytes('\ufeffx'), '\ufeffx'],
  ['text that is not bytes', 'Grüße 日本', 'Grüße 日本'],
];

for (const [title, text, expected] of readables) {
  test(`readable: ${title}`, (t) => {
    t.is(readable(text), expected);
  });
}

test('a template escapes what is put in, once', (t) => {
  const inner = safe`<${'\x1b[1m'}>`;
  t.is(inner.value, '<\\x1b[1m>');
  t.is(safe`${inner} and ${bytes('\u202e')} and ${7}\x1b[0m`.value, '<\\x1b[1m> and \\u202e and 7\x1b[0m');
  t.is(safeLines([inner, new SafeText('x')]).value, '<\\x1b[1m>\nx');
  t.is(`${inner}`, inner.value);
});

/** By the Unicode ranges themselves: C0, DEL, C1, directions, zero width, separators, surrogates. */
const isDangerous = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a) ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0x061c ||
  (code >= 0x200b && code <= 0x200f) ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x2069) ||
  code === 0xfeff ||
  (code >= 0xd800 && code <= 0xdfff) ||
  (code >= 0xe0000 && code <= 0xe007f);

const hasDanger = (text: string): boolean =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0).some(isDangerous);

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom('\x1b', '[', '\u202e', '\ud83d', '\ude00', '\xc2', '\x9b', 'a', '\n') }),
);

test('nothing dangerous gets through', (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      t.false(hasDanger(safe`${text}`.value));
      t.false(hasDanger(escapeForTerminal(text)));
    }),
    { numRuns: 1000 },
  );
});

test('JSON says the same and nothing dangerous', (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = escapeJson(JSON.stringify({ [text]: [text] }));
      t.false(hasDanger(json));
      t.deepEqual(JSON.parse(json), { [text]: [text] });
    }),
    { numRuns: 1000 },
  );
});
