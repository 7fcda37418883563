import test from 'ava';
import fc from 'fast-check';
import type { YamlData } from '../../../src/network/netplan-data.js';
import { editYaml } from '../../../src/network/netplan-edit.js';
import type { YamlChange } from '../../../src/network/netplan-yaml-change.js';
import { netplanText } from './netplan-text.js';

const set = (path: string, value: YamlData, after?: string): YamlChange => ({
  kind: 'set',
  path: path.split('.'),
  value,
  ...(after === undefined ? {} : { after }),
});
const remove = (path: string): YamlChange => ({ kind: 'remove', path: path.split('.') });
const rename = (path: string, to: string): YamlChange => ({ kind: 'rename', path: path.split('.'), to });
const append = (path: string, value: YamlData): YamlChange => ({
  kind: 'append',
  path: path.split('.'),
  value,
});
const items = (path: string, from: string, to: string): YamlChange => ({
  kind: 'replace-items',
  path: path.split('.'),
  from,
  to,
});

const edits: readonly [title: string, before: string, changes: readonly YamlChange[], after: string][] = [
  ['a plain scalar', 'a: yes # c\n', [set('a', 'no')], 'a: no # c\n'],
  ['a quoted scalar', "a: 'x' \n", [set('a', 'y')], "a: 'y' \n"],
  ['a scalar that needs quotes', 'a: x\n', [set('a', '*')], "a: '*'\n"],
  ['a quote in quotes', 'a: "x"\n', [set('a', 'it\'s"')], "a: 'it''s\"'\n"],
  [
    'a new key in block style',
    'a:\n  b: 1\n  c: 2\n',
    [set('a.d', '3', 'b')],
    'a:\n  b: 1\n  d: 3\n  c: 2\n',
  ],
  [
    'a new key behind a comment',
    'a:\n  b: 1 # c\n',
    [set('a.d', ['x', '::1'], 'b')],
    "a:\n  b: 1 # c\n  d: [x, '::1']\n",
  ],
  ['a new key at an open end', 'a:\n  b: 1', [set('a.d', '3', 'b')], 'a:\n  b: 1\n  d: 3'],
  [
    'a new key behind a block',
    'a:\n  b:\n  - 1\n\nz: 1\n',
    [set('a.d', '3', 'b')],
    'a:\n  b:\n  - 1\n  d: 3\n\nz: 1\n',
  ],
  ['a new key in flow style', '{a: {b: 1 }}\n', [set('a.d', '3', 'b')], '{a: {b: 1, d: 3 }}\n'],
  ['a new key in CRLF', 'a:\r\n  b: 1\r\n', [set('a.d', '3', 'b')], 'a:\r\n  b: 1\r\n  d: 3\r\n'],
  ['a table', 'a: 1\n', [set('b', new Map([['x', ['1']]]))], 'a: 1\nb: {x: [1]}\n'],
  ['a list for a list', 'a:\n  - 1\n  # c\n  - 2\nb: 1\n', [set('a', ['3'])], 'a: [3]\nb: 1\n'],
  ['a key less', 'a: 1\nb:\n  - x # y\n# z\nc: 2\n', [remove('b')], 'a: 1\n# z\nc: 2\n'],
  ['a block scalar less', 'a: 1\nb: |\n  x\n\nc: 2\n', [remove('b')], 'a: 1\n\nc: 2\n'],
  ['the last key less', 'a: 1\nb: 2', [remove('b')], 'a: 1\n'],
  ['the first of a flow map less', '{a: 1, b: 2}', [remove('a')], '{b: 2}'],
  ['the last of a flow map less', '{a: 1, b: {c: 2}}', [remove('b')], '{a: 1}'],
  ['another key', '"a": {b: 1}\nc: a\n', [rename('a', 'z')], '"z": {b: 1}\nc: a\n'],
  ['an item more', 'a:\n- 1\n- {b: c} # d\n', [append('a', '2')], 'a:\n- 1\n- {b: c} # d\n- 2\n'],
  [
    'an item behind a map',
    'a:\n  -  b: 1\n     c: 2\nd: 3\n',
    [append('a', '2')],
    'a:\n  -  b: 1\n     c: 2\n  -  2\nd: 3\n',
  ],
  ['an item in flow style', 'a: [1,\n  2] # c\n', [append('a', '3')], 'a: [1,\n  2, 3] # c\n'],
  ['an item beside a list', 'a:\n- - 1\n', [append('a', '2')], 'a:\n- - 1\n- 2\n'],
  ['items of one name', 'a: [x, "x", y]\nb: x\n', [items('a', 'x', 'z')], 'a: [z, "z", y]\nb: x\n'],
  ['several', 'a: 1\nb: 2\n', [rename('a', 'c'), rename('b', 'd'), set('d', '3')], ''],
  [
    'bytes of UTF-8',
    '# \xc3\xa9\na: "\xc3\xa9" # \xc3\xa9\nb: 1\n',
    [set('b', '2')],
    '# \xc3\xa9\na: "\xc3\xa9" # \xc3\xa9\nb: 2\n',
  ],
  ['nothing', 'a:   1\n', [], 'a:   1\n'],
];

for (const [title, before, changes, after] of edits) {
  test(`edited: ${title}`, (t) => {
    t.is(editYaml(before, changes) ?? '', after);
  });
}

const refused: readonly [string, string, YamlChange][] = [
  ['an anchor', 'a: &x 1\n', set('a', '2')],
  ['an alias', 'a: &x {b: 1}\nc: *x\n', set('c.b', '2')],
  ['what an alias repeats', 'a: &x {b: 1}\nc: *x\n', set('a.b', '2')],
  ['a tag', 'a: !!str 1\n', set('a', '2')],
  ['an explicit key', 'a:\n  ? b\n  : 1\n', set('a.d', '2', 'b')],
  ['no place for it', 'a: 1\n', set('b.c', '2')],
  ['a block scalar', 'a: |\n  1\n', set('a', '2')],
  ['the only key', 'a:\n  b: 1\n', remove('a.b')],
  ['no list', 'a: 1\n', append('a', '2')],
];

for (const [title, before, change] of refused) {
  test(`refused: ${title}`, (t) => {
    t.is(editYaml(before, [change]), undefined);
  });
}

test('whatever the style, only the lines concerned change', (t) => {
  fc.assert(
    fc.property(netplanText, (text) => {
      const id =
        ['enX0', 'br0', 'lan'].find((name) =>
          new RegExp(`^ +${name}: *(?:\\{.*dhcp4|\r?$)`, 'm').test(text),
        ) ?? '';
      const section = { enX0: 'ethernets', br0: 'bridges', lan: 'vlans' }[id] ?? '';
      const after = editYaml(text, [
        { kind: 'set', path: ['network', section, id, 'dhcp4'], value: 'false' },
        { kind: 'set', path: ['network', section, id, 'gateway4'], value: '10.0.0.1', after: 'dhcp4' },
      ]);
      t.truthy(after, text);
      const kept = (after ?? '').split('\n').filter((line) => !/dhcp4:|gateway4:/.test(line));
      t.deepEqual(
        kept,
        text.split('\n').filter((line) => !/dhcp4:/.test(line)),
      );
    }),
  );
});

test('a long file with many changes takes no long time', (t) => {
  const lines = Array.from({ length: 1500 }, (_, at) => `    v${at}: {id: ${at}, link: ens3}\n`);
  const text = `network:\n  ethernets:\n    ens3: {}\n  vlans:\n${lines.join('')}`;
  const changes = lines.map((_, at) => set(`network.vlans.v${at}.link`, 'enX0'));
  const start = performance.now();
  t.is(editYaml(text, changes), text.replaceAll('link: ens3', 'link: enX0'));
  t.true(performance.now() - start < 10_000);
});
