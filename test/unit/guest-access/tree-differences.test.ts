/** The random file systems are worth nothing if what looks at them overlooks something. */
import test from 'ava';
import type { DesiredNode } from '../../../src/model.js';
import { file, step } from '../../system/direct-edits.js';
import { bytes, type Described, hash } from '../../system/ext-images.js';
import { differences } from '../../system/tree-differences.js';

const now = Math.floor(Date.now() / 1000);
const node = (inode: number, mode: number, more: Partial<Described> = {}): Described => ({
  inode,
  mode,
  owner: '0:0',
  links: 1,
  modified: 1000,
  content: hash(bytes('old')),
  attributes: '',
  ...more,
});
const folder = (inode: number, more: Partial<Described> = {}) =>
  node(inode, 0o040755, { content: '', links: 2, ...more });

const before = new Map([
  ['/', folder(2, { links: 3 })],
  ['/etc', folder(12)],
  ['/etc/a', node(13, 0o100640, { owner: '7:7', links: 2, attributes: 'user.x' })],
  ['/etc/b', node(13, 0o100640, { owner: '7:7', links: 2, attributes: 'user.x' })],
  ['/etc/c', node(14, 0o100644)],
]);

type Tree = Map<string, Described>;
const edited = (change: Partial<Described>): Described => {
  const content = hash(bytes('new'));
  return node(13, 0o100640, {
    owner: '7:7',
    links: 2,
    attributes: 'user.x',
    content,
    modified: now,
    ...change,
  });
};
const withEdit = (change: Partial<Described> = {}): Tree =>
  new Map([...before, ['/etc/a', edited(change)], ['/etc/b', edited(change)]]);
const asFile = (mode: number, content: string): Described =>
  node(20, 0o100000 | mode, { content: hash(bytes(content)), modified: now });

const edit: readonly [string, DesiredNode] = ['/etc/a', file('new')];
const cases: readonly [string, readonly [string, DesiredNode], Tree, readonly RegExp[]][] = [
  ['an edit that was carried out', edit, withEdit(), []],
  ['an edit that was not', edit, before, [/a: modified/, /a: content/, /b: modified/, /b: content/]],
  ['another inode', edit, withEdit({ inode: 15 }), [/a: inode is 15, not 13/, /b: inode/]],
  ['a lost owner', edit, withEdit({ owner: '0:0' }), [/a: owner/, /b: owner/]],
  ['lost attributes', edit, withEdit({ attributes: '' }), [/a: attributes/, /b: attributes/]],
  [
    'a broken hard link',
    edit,
    withEdit().set('/etc/b', node(16, 0o100640)),
    [/b: /, /b: /, /b: /, /b: /, /b: /, /b: /],
  ],
  [
    'a file that nobody asked for',
    edit,
    withEdit().set('/etc/x', node(17, 0o100644)),
    [/\/etc\/x: .*nothing was asked/],
  ],
  [
    'a file that is gone',
    edit,
    new Map([...withEdit()].filter(([path]) => path !== '/etc/c')),
    [/\/etc\/c: missing/],
  ],
  ['another file that has changed', edit, withEdit().set('/etc/c', node(14, 0o100600)), [/\/etc\/c: mode/]],
  [
    'a directory that has changed',
    edit,
    withEdit().set('/etc', folder(12, { modified: now })),
    [/\/etc: modified/],
  ],
  [
    'a new file in a new directory',
    ['/etc/new/x', file('text', 0o600)],
    new Map([
      ...before,
      ['/etc', folder(12, { links: 3, modified: now })],
      ['/etc/new', folder(18, { modified: now })],
      ['/etc/new/x', asFile(0o600, 'text')],
    ]),
    [],
  ],
  ['a new file that is missing', ['/etc/x', file('')], before, [/\/etc: modified/, /\/etc\/x: missing/]],
  [
    'one name less',
    ['/etc/a', { kind: 'absent' }],
    new Map([
      ...[...before].filter(([path]) => path !== '/etc/a'),
      ['/etc', folder(12, { modified: now })],
      ['/etc/b', node(13, 0o100640, { owner: '7:7', links: 1, attributes: 'user.x' })],
    ]),
    [],
  ],
];

for (const [title, [path, after], tree, found] of cases) {
  test(`two file systems are compared: ${title}`, (t) => {
    const lines = differences(before, tree, [step(path, after)]);
    t.is(lines.length, found.length, lines.join('\n'));
    for (const [index, pattern] of found.entries()) t.regex(lines[index] ?? '', pattern);
  });
}
