/** Expected values follow systemd.syntax(7) and the manual of GLib's GKeyFile. */
import test from 'ava';
import fc from 'fast-check';
import { type IniDialect, parseIni, printIni, withIniValue } from '../../../src/guest-files/ini.js';

const read = (text: string, dialect: IniDialect) =>
  parseIni(text, dialect).flatMap(({ kind, section, block, key, value }) =>
    kind === 'entry' ? [[section, block, key, value]] : [],
  );

const cases: readonly (readonly [
  title: string,
  text: string,
  dialect: IniDialect,
  entries: readonly unknown[],
])[] = [
  ['blanks around keys and values', '[A]\n  a =  b c \n', 'systemd', [['A', 0, 'a', 'b c']]],
  [
    'sections and keys several times',
    '[A]\na=1\na=2\n[B]\n[A]\na=3\n',
    'systemd',
    [
      ['A', 0, 'a', '1'],
      ['A', 0, 'a', '2'],
      ['A', 2, 'a', '3'],
    ],
  ],
  ['an empty value', '[A]\na=\n', 'systemd', [['A', 0, 'a', '']]],
  ['comments', '[A]\n#a=1\n;b=2\n c=3\n', 'systemd', [['A', 0, 'c', '3']]],
  [
    'continued lines, a comment in between',
    '[A]\na=1\\\n# no\n2\nb=3\n',
    'systemd',
    [
      ['A', 0, 'a', '1 2'],
      ['A', 0, 'b', '3'],
    ],
  ],
  ["a comment isn't continued", '[A]\n# x \\\na=1\n', 'systemd', [['A', 0, 'a', '1']]],
  ['a backslash at the end of the file', '[A]\na=1 \\', 'systemd', [['A', 0, 'a', '1']]],
  ['line ends of Windows', '[A]\r\na=1\r\n', 'systemd', [['A', 0, 'a', '1']]],
  ['no section', 'a=1\n', 'systemd', [['', -1, 'a', '1']]],
  [
    'GLib continues nothing, and a semicolon is no comment',
    '[A]\na=1\\\n;b=2\n',
    'glib',
    [
      ['A', 0, 'a', '1\\'],
      ['A', 0, ';b', '2'],
    ],
  ],
  ['an equals sign in the value', '[A]\na=b=c\n', 'glib', [['A', 0, 'a', 'b=c']]],
  ['lines without meaning', '[A\nfoo\n=x\n', 'glib', []],
];

for (const [title, text, dialect, entries] of cases) {
  test(`reads: ${title}`, (t) => {
    t.deepEqual<unknown, unknown>(read(text, dialect), entries);
  });
}

const line = fc.stringMatching(/^[ \t]?[ab[\]#;=\\ ]{0,6}$/);
const texts = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\\\n', '')))
  .map((lines) => lines.flat().join(''));

test('every byte of any text comes back', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(texts, fc.string({ unit: 'binary-ascii' })),
      fc.constantFrom('systemd', 'glib'),
      (text, dialect) => {
        t.is(printIni(parseIni(text, dialect as IniDialect)), text);
      },
    ),
  );
});

test('a new value for an entry whose continued lines hold a comment with an equals sign', (t) => {
  const [entry] = parseIni('[A]\nkey \\\n# a=b\n = old \\\n older\n', 'systemd').slice(1);
  t.is(entry === undefined ? '' : withIniValue(entry, 'new').raw, 'key=new\n');
});

test('a new value is read back, and the other lines stay', (t) => {
  fc.assert(
    fc.property(texts, fc.nat(20), (text, pick) => {
      const lines = parseIni(text, 'systemd');
      const entry = lines.filter(({ kind }) => kind === 'entry')[pick];
      if (entry === undefined) return;
      const after = lines.map((each) => (each === entry ? withIniValue(entry, 'new') : each));
      const again = parseIni(printIni(after), 'systemd');
      t.deepEqual(
        again.map(({ key, value, section }) => [section, key, value]),
        after.map(({ key, value, section }) => [section, key, value]),
      );
    }),
  );
});
