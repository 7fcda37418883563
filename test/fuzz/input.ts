import fc from 'fast-check';
import { maximumTextBytes } from '../../src/guest-access/guest-access.js';
import type { FuzzTarget } from './target.js';

/** Of many words or lines: one check reads a text some twenty times. */
const long = 64 * 1024;

const lengthFor = (unit: string): number => (unit.length === 1 && unit !== '\n' ? 4 * long : long);

const kinds = [
  'flip',
  'delete',
  'double',
  'splice',
  'cut',
  'keyword',
  'bytes',
  'swap-lines',
  'join-lines',
  'number',
] as const;

const mutation = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.nat({ max: 0xffffff }),
  length: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 300 })),
  pick: fc.nat({ max: 0xffff }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** How one input is made, out of small numbers that fast-check draws. */
const recipe = fc.record({
  /** A seed with mistakes, words of the format in a row, or one of them very often. */
  way: fc.oneof(
    { weight: 70, arbitrary: fc.constant('mutated' as const) },
    { weight: 29, arbitrary: fc.constant('generated' as const) },
    { weight: 1, arbitrary: fc.constant('long' as const) },
  ),
  seed: fc.nat({ max: 0xffff }),
  words: fc.array(
    fc.record({
      pick: fc.nat({ max: 0xffff }),
      join: fc.constantFrom('', ' ', '\n', '\t', '=', ',', '"'),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 6 }),
});

/** Characters and pairs that mean something in most formats. */
const anywhere = [
  '',
  '\n',
  ' ',
  '\t',
  '\r\n',
  '\0',
  '#',
  '=',
  ':',
  ',',
  ';',
  '"',
  "'",
  '\\',
  '\\\n',
  '$',
  '`',
  '$(',
  '${',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '<',
  '>',
  '*',
  '?',
  '&a ',
  '*a ',
  '- ',
  '../',
  '/',
  '\xff',
  '\xc3\xa9',
  '\x1b[31m',
  '%s',
  'a',
  '0',
  '-1',
  '999999999999999999999',
];

const pickFrom = <T>(list: readonly T[], pick: number, otherwise: T): T =>
  list[pick % Math.max(1, list.length)] ?? otherwise;

/** The input with this number; the same seed, target and number always give the same bytes. */
export function inputOf(target: FuzzTarget, seeds: readonly Buffer[], seed: number, index: number): Buffer {
  const [drawn] = fc.sample(recipe, { seed: (seed * 1_000_003 + index * 7919) | 0, numRuns: 1 });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  const words = [...target.keywords, ...target.keywords, ...anywhere];
  const base = pickFrom(seeds, drawn.seed, Buffer.alloc(0));
  if (drawn.way === 'long') return longInput(words, base, drawn);
  const generated = drawn.words.map(({ pick, join }) => pickFrom(words, pick, '') + join).join('');
  const start = drawn.way === 'generated' ? Buffer.from(generated, 'latin1') : base;
  const others = { seeds, words };
  return drawn.mutations
    .reduce((bytes, each) => mutated(bytes, each, others), start)
    .subarray(0, maximumTextBytes);
}

interface Drawn {
  readonly words: readonly { readonly pick: number; readonly join: string }[];
  readonly seed: number;
}

/** A few words again and again, in front of a real file, behind it or without one. */
function longInput(words: readonly string[], base: Buffer, { words: drawn, seed }: Drawn): Buffer {
  const unit = drawn
    .slice(0, 1 + (seed % 4))
    .map(({ pick, join }) => pickFrom(words, pick, '') + join)
    .join('');
  const tail = Buffer.from(pickFrom(words, seed, '') + pickFrom(['', '\n', ' '], seed, ''), 'latin1');
  const repeated = Buffer.alloc(lengthFor(unit || 'a'), unit || 'a', 'latin1');
  const parts = [
    [repeated, tail],
    [base, repeated, tail],
    [tail, repeated],
    [repeated, base],
  ];
  return Buffer.concat(pickFrom(parts, seed >> 4, [repeated])).subarray(0, maximumTextBytes);
}

/**
 * A word, or a character, again and again: on one line, or in lines behind a real file. What one seed has in the one way,
 * the next has in the other.
 */
export function longInputs(target: FuzzTarget, seeds: readonly Buffer[], number: number): Buffer[] {
  const units = [...target.keywords, ...anywhere.filter((word) => word !== '')];
  const [seed = Buffer.alloc(0)] = seeds;
  return units.map((unit, index) => {
    const isOneLine = (index + number) % 2 === 0;
    const each = isOneLine ? unit : `${unit}\n`;
    const repeated = Buffer.alloc(lengthFor(each), each, 'latin1');
    return isOneLine ? repeated : Buffer.concat([seed, repeated, Buffer.from('x')]);
  });
}

interface Others {
  readonly seeds: readonly Buffer[];
  readonly words: readonly string[];
}

function mutated(
  bytes: Buffer,
  { kind, at: place, length, pick, bytes: some }: Mutation,
  others: Others,
): Buffer {
  const at = place % (bytes.length + 1);
  const end = Math.min(bytes.length, at + length);
  const put = (...middle: (string | Uint8Array)[]) =>
    Buffer.concat([bytes.subarray(0, at), ...middle.map(toBytes), bytes.subarray(end)]);
  const insert = (...middle: (string | Uint8Array)[]) =>
    Buffer.concat([bytes.subarray(0, at), ...middle.map(toBytes), bytes.subarray(at)]);
  switch (kind) {
    case 'flip':
      return flipped(bytes, at, pick);
    case 'delete':
      return put();
    case 'double':
      return insert(bytes.subarray(at, end));
    case 'splice': {
      const other = pickFrom(others.seeds, pick, bytes);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(place % (other.length + 1))]);
    }
    case 'cut':
      return bytes.subarray(0, at);
    case 'keyword':
      return insert(pickFrom(others.words, pick, ''));
    case 'bytes':
      return pick % 2 === 0 ? insert(some) : put(some);
    case 'number':
      return put(
        pickFrom(['0', '-1', '65536', '4294967295', '18446744073709551616', '1e9', '0x7f'], pick, ''),
      );
    case 'swap-lines':
    case 'join-lines':
      return withLines(bytes, at, kind);
  }
}

const toBytes = (part: string | Uint8Array): Uint8Array =>
  typeof part === 'string' ? Buffer.from(part, 'latin1') : part;

function flipped(bytes: Buffer, at: number, pick: number): Buffer {
  const copy = Buffer.from(bytes);
  const old = copy[at];
  if (old !== undefined) copy[at] = old ^ (1 << (pick % 8));
  return copy;
}

/** The line around a place with the next one: the other way round, or as one. */
function withLines(bytes: Buffer, at: number, kind: 'swap-lines' | 'join-lines'): Buffer {
  const start = at === 0 ? 0 : bytes.lastIndexOf(10, at - 1) + 1;
  const middle = bytes.indexOf(10, at) + 1 || bytes.length;
  const end = bytes.indexOf(10, middle) + 1 || bytes.length;
  const [one, other] = [bytes.subarray(start, middle), bytes.subarray(middle, end)];
  const lines = kind === 'swap-lines' ? [other, one] : [one.subarray(0, -1), other];
  return Buffer.concat([bytes.subarray(0, start), ...lines, bytes.subarray(end)]);
}
