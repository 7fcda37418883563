import test from 'ava';
import fc from 'fast-check';
import { type CpioEntry, createCpioReader } from '../../../src/guest-files/cpio.js';
import { newcArchive, newcEntry } from './sample-archives.js';

interface Reading {
  readonly entries: readonly CpioEntry[];
  readonly taken: number;
  readonly damage: string | undefined;
}

function read(bytes: Uint8Array, pieceBytes = bytes.length || 1): Reading {
  const entries: CpioEntry[] = [];
  const reader = createCpioReader({
    onEntry: (entry) => entries.push(entry),
    wants: (name) => name.startsWith('conf/'),
    maximumContentBytes: 16,
  });
  let taken = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes)
    taken += reader.push(bytes.subarray(at, at + pieceBytes));
  return { entries, taken, damage: reader.finish() };
}

const sample = newcArchive([
  { name: '.', mode: 0o040755 },
  { name: 'conf/small', content: 'RESUME=none\n' },
  { name: 'conf/empty' },
  { name: 'conf/large', content: 'x'.repeat(17) },
  { name: 'conf/link', mode: 0o120777, content: 'small' },
  { name: 'bin/sh', mode: 0o100755, content: 'binary\0\x01\xff' },
]);
const entriesOfSample = [
  { name: '.', mode: 0o040755, bytes: 0 },
  { name: 'conf/small', mode: 0o100644, bytes: 12, content: Buffer.from('RESUME=none\n') },
  { name: 'conf/empty', mode: 0o100644, bytes: 0, content: Buffer.alloc(0) },
  { name: 'conf/large', mode: 0o100644, bytes: 17 },
  { name: 'conf/link', mode: 0o120777, bytes: 5 },
  { name: 'bin/sh', mode: 0o100755, bytes: 9 },
];

test('cpio: entries, and the contents that are wanted, regular and small enough', (t) => {
  t.deepEqual(read(sample) as object, { entries: entriesOfSample, taken: sample.length, damage: undefined });
});

test('cpio: pieces of any size give the same', (t) => {
  for (let bytes = 1; bytes < 300; bytes += 1) t.deepEqual(read(sample, bytes), read(sample));
});

test('cpio: archives and zero padding in a row', (t) => {
  const padding = Buffer.alloc(512);
  const { entries, damage } = read(Buffer.concat([padding, sample, padding, sample, padding]), 100);
  t.is(entries.length, 2 * entriesOfSample.length);
  t.is(damage, undefined);
});

test('cpio: stops before something else', (t) => {
  const foreign = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]);
  const { taken, damage } = read(Buffer.concat([sample, Buffer.alloc(8), foreign]), 64);
  t.is(taken, sample.length + 8);
  t.is(damage, undefined);
});

test('cpio: the form with checksums', (t) => {
  const bytes = Buffer.from(sample.toString('latin1').replaceAll('070701', '070702'), 'latin1');
  t.deepEqual(read(bytes).entries as object, entriesOfSample);
});

const isDamaged = test.macro({
  exec: (t, bytes: Buffer, damage: RegExp) => t.regex(read(bytes).damage ?? '', damage),
  title: (title) => `cpio, damaged: ${title}`,
});
const entry = newcEntry({ name: 'a', content: 'abc' });
const header = entry.toString('latin1');
const changed = (from: string, to: string) => Buffer.from(header.replace(from, to), 'latin1');
test('no end mark', isDamaged, entry, /without its end mark/);
test('nothing', isDamaged, Buffer.alloc(0), /without its end mark/);
test('zeros only', isDamaged, Buffer.alloc(512), /without its end mark/);
test('cut in a header', isDamaged, entry.subarray(0, 60), /middle of an entry/);
test('cut in a name', isDamaged, entry.subarray(0, 110), /middle of an entry/);
test('cut in a content', isDamaged, entry.subarray(0, 113), /middle of an entry/);
test('the old format', isDamaged, changed('070701', '070707'), /no cpio header/);
test('a digit that is none', isDamaged, changed('000081a4', '0000-1a4'), /no cpio header/);
test('no name', isDamaged, changed('00000002', '00000000'), /name of 0 bytes/);
test('a name of 4 GiB', isDamaged, changed('00000002', 'ffffffff'), /name of 4294967295 bytes/);
test('a name beyond PATH_MAX', isDamaged, newcEntry({ name: 'x'.repeat(4096) }), /name of 4097 bytes/);
test('not aligned', isDamaged, Buffer.concat([Buffer.alloc(2), entry]), /multiple of four/);

test('cpio: the longest name', (t) => {
  const name = 'x'.repeat(4095);
  t.is(read(newcArchive([{ name }])).entries[0]?.name, name);
});

test('cpio: never throws, and pieces give the same, whatever the bytes', (t) => {
  const change = fc.tuple(fc.nat(sample.length - 1), fc.constantFrom(0, 0x30, 0x37, 0x66, 0xff));
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 5 }),
      fc.integer({ min: 1, max: 400 }),
      (changes, pieceBytes) => {
        const bytes = Buffer.from(sample);
        for (const [at, byte] of changes) bytes[at] = byte;
        t.deepEqual(read(bytes, pieceBytes).entries, read(bytes).entries);
        t.is(read(bytes, pieceBytes).damage, read(bytes).damage);
      },
    ),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => t.true(read(bytes).taken <= bytes.length)),
  );
});
