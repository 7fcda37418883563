import test from 'ava';
import fc from 'fast-check';
import { readFields, replaceField } from '../../../src/guest-files/fields.js';

test('fields of data lines', (t) => {
  const text = '# a comment\n\n  \t\n /dev/sda1\t/  ext4\r\n\t# x\nUUID=x none swap';
  t.deepEqual(readFields(text), [
    ['/dev/sda1', '/', 'ext4'],
    ['UUID=x', 'none', 'swap'],
  ]);
});

test('a UTF-8 letter whose second byte is no blank in UTF-8', (t) => {
  // U+00E0 is C3 A0 in UTF-8, and A0 alone is a blank in Latin-1.
  t.deepEqual(readFields('LABEL=\xc3\xa0 /mnt/\xc3\xa0 ext4\n'), [
    ['LABEL=\xc3\xa0', '/mnt/\xc3\xa0', 'ext4'],
  ]);
  t.is(
    replaceField('voil\xc3\xa0 /dev/sda5 none\n', 1, () => 'x'),
    'voil\xc3\xa0 x none\n',
  );
});

const upper = (field: string): string => field.toUpperCase();

const replacements: readonly [string, string, number, string][] = [
  ['the first', 'a b c\n', 0, 'A b c\n'],
  ['the second', 'a b c\n', 1, 'a B c\n'],
  ['behind blanks at the start', ' \ta\t\tb\n', 1, ' \ta\t\tB\n'],
  ['the last, before a carriage return', 'a b\r\n', 1, 'a B\r\n'],
  ['one that is not there', 'a b\n', 2, 'a b\n'],
  ['one that is not there, behind blanks', 'a b \n', 2, 'a b \n'],
  ['in comments none', '#a b\n # a\n', 0, '#a b\n # a\n'],
  ['without a newline at the end', 'a b', 1, 'a B'],
  ['of nothing', '', 0, ''],
];

for (const [title, text, index, expected] of replacements) {
  test(`replaced: ${title}`, (t) => {
    t.is(replaceField(text, index, upper), expected);
  });
}

test('the function sees all fields, and undefined keeps the field', (t) => {
  const seen: string[] = [];
  const text = replaceField(' a  b\tc\r\n# d\n', 1, (field, fields) => {
    seen.push(field, ...fields);
    return undefined;
  });
  t.deepEqual(seen, ['b', 'a', 'b', 'c']);
  t.is(text, ' a  b\tc\r\n# d\n');
});

const byteText = fc
  .array(fc.oneof(fc.constantFrom(' ', '\t', '\n', '\r\n', '#', 'a', '/dev/sda1', '\xa0', '\x85'), byte()), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));

function byte(): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
}

test('replacing by itself gives the same bytes', (t) => {
  fc.assert(
    fc.property(byteText, fc.nat(4), (text, index) => {
      t.is(
        replaceField(text, index, (field) => field),
        text,
      );
    }),
  );
});

test('lines without the replaced value survive', (t) => {
  fc.assert(
    fc.property(byteText, fc.nat(2), (text, index) => {
      const after = replaceField(text, index, (field) => (field === '/dev/sda1' ? 'UUID=x' : undefined));
      const [old, now] = [text.split('\n'), after.split('\n')];
      t.is(now.length, old.length);
      old.forEach((line, at) => {
        t.is(now[at], line.includes('/dev/sda1') ? now[at] : line);
      });
    }),
  );
});

test('what was replaced is what is read', (t) => {
  fc.assert(
    fc.property(byteText, fc.nat(2), (text, index) => {
      const after = replaceField(text, index, () => 'x');
      const expected = readFields(text).map((fields) =>
        fields.map((field, at) => (at === index ? 'x' : field)),
      );
      t.deepEqual(readFields(after), expected);
    }),
  );
});
