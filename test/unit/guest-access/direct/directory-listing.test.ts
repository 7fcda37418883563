import test from 'ava';
import fc from 'fast-check';
import { parseListing } from '../../../../src/guest-access/direct/directory-listing.js';

/** As debugfs 1.47.0 printed it. */
const real = [
  '      2   40755 (2)      0      0    4096 22-Nov-2026 19:18 .',
  '      2   40755 (2)      0      0    4096 22-Nov-2026 19:18 ..',
  '     11   40700 (2)      0      0   16384 22-Nov-2026 19:17 lost+found',
  '   4546  120777 (7)      0      0       7 22-Nov-2026 19:18 lib',
  ' 1234567  100644 (1)  70000  80000 4294967296  2-Jul-2026 19:05 a b\\x0a\\x5c\\xe9',
  '      0       0 (1)      0      0       0                   deleted',
  '',
  '',
].join('\n');

test('reads what debugfs prints', (t) => {
  t.deepEqual(parseListing(real), [
    { name: 'lost+found', inode: 11, mode: 0o40700, bytes: 16384 },
    { name: 'lib', inode: 4546, mode: 0o120777, bytes: 7 },
    { name: 'a b\n\\\xe9', inode: 1234567, mode: 0o100644, bytes: 4294967296 },
  ]);
});

const head = real.split('\n').slice(0, 2).join('\n');
const line = (name: string): string => `     11  100644 (1)      0      0       1 22-Nov-2026 19:17 ${name}`;
const odd: Readonly<Record<string, string>> = {
  'no answer': '',
  'only a complaint': '/etc: File not found by ext2_lookup \n',
  'no dot entries': `${line('a')}\n${line('b')}\n`,
  'a complaint in between': `${head}\nls: Ext2 inode checksum does not match inode\n${line('a')}\n`,
  'a name with a slash': `${head}\n${line('a/b')}\n`,
  'a name with a zero byte': `${head}\n${line('a\\x00b')}\n`,
  'a second dot': `${head}\n${line('..')}\n`,
  'an empty name': `${head}\n${line('')}\n`,
  'a line without its end': `${head}\n${line('a')}`,
};
for (const [title, text] of Object.entries(odd)) {
  test(`is no healthy directory: ${title}`, (t) => t.is(parseListing(text), undefined));
}

/** As print_filename in debugfs/ls.c. */
const escaped = (name: string): string =>
  name.replace(/[^ -~]|\\/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

test('names of any bytes come back', (t) => {
  const anyName = fc
    .uint8Array({ minLength: 1, maxLength: 255 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'))
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..');
  fc.assert(
    fc.property(fc.array(anyName), (names) => {
      const text = `${[head, ...names.map((name) => line(escaped(name)))].join('\n')}\n\n`;
      t.deepEqual(
        parseListing(text)?.map(({ name }) => name),
        names,
      );
    }),
  );
});

test('takes any text without throwing', (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseListing(text)));
  t.pass();
});
