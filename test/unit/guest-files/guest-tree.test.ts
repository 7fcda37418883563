import test from 'ava';
import fc from 'fast-check';
import { namesIn, nodeAt, resolvePath, textAt } from '../../../src/guest-files/guest-tree.js';
import type { GuestNode } from '../../../src/model.js';
import { guestTree } from '../network/guest-tree-of.js';

const link = (target: string): GuestNode => ({ kind: 'symlink', target });

const tree = guestTree({
  '/etc/hostname': 'guest\n',
  '/usr/lib/os-release': 'ID=debian\n',
  '/etc/os-release': link('../usr/lib/os-release'),
  '/lib': link('usr/lib'),
  '/etc/absolute': link('/etc/hostname'),
  '/etc/chain': link('absolute'),
  '/etc/through': link('/lib/../../etc/./hostname'),
  '/etc/outside': link('../../../../etc/hostname'),
  '/etc/dangling': link('/run/x'),
  '/etc/slashes': link('//etc///hostname'),
  '/etc/self': link('self'),
  '/etc/loop-a': link('loop-b'),
  '/etc/loop-b': link('/etc/loop-a'),
  '/etc/under-itself': link('under-itself/x'),
  '/etc/root': link('/'),
  '/srv/data': link('../etc'),
  '/dev': { kind: 'directory' },
  '/dev/null': { kind: 'special' },
});

const paths: readonly [string, string | undefined][] = [
  ['/etc/hostname', '/etc/hostname'],
  ['/etc//./hostname/', '/etc/hostname'],
  ['/', '/'],
  ['', '/'],
  ['/..', '/'],
  ['/etc/..', '/'],
  ['/../etc/hostname', '/etc/hostname'],
  ['/etc/os-release', '/usr/lib/os-release'],
  ['/lib/os-release', '/usr/lib/os-release'],
  ['/etc/absolute', '/etc/hostname'],
  ['/etc/chain', '/etc/hostname'],
  // Linux follows /lib to /usr/lib before it goes up.
  ['/etc/through', '/etc/hostname'],
  ['/lib/..', '/usr'],
  ['/etc/outside', '/etc/hostname'],
  ['/etc/dangling', '/run/x'],
  ['/etc/slashes', '/etc/hostname'],
  ['/srv/data/hostname', '/etc/hostname'],
  ['/srv/data/os-release', '/usr/lib/os-release'],
  ['/etc/root/etc/root/etc/hostname', '/etc/hostname'],
  ['/nothing/here', '/nothing/here'],
  ['/etc/self', undefined],
  ['/etc/loop-a', undefined],
  ['/etc/loop-b/x', undefined],
  ['/etc/under-itself', undefined],
];

for (const [path, expected] of paths) {
  test(`${path || 'nothing'} leads to ${expected ?? 'a loop'}`, (t) => {
    t.is(resolvePath(tree, path), expected);
  });
}

test('forty links are followed, forty-one are not', (t) => {
  const chain = (length: number) =>
    guestTree({
      '/l0': 'the end',
      ...Object.fromEntries(Array.from({ length }, (_, index) => [`/l${index + 1}`, link(`l${index}`)])),
    });
  t.is(textAt(chain(41), '/l40'), 'the end');
  t.is(textAt(chain(41), '/l41'), undefined);
});

test('nodes and texts', (t) => {
  t.is(textAt(tree, '/etc/chain'), 'guest\n');
  t.is(textAt(tree, '/lib/os-release'), 'ID=debian\n');
  t.is(textAt(tree, '/etc'), undefined);
  t.is(textAt(tree, '/dev/null'), undefined);
  t.is(textAt(tree, '/etc/self'), undefined);
  t.is(textAt(tree, '/etc/dangling'), undefined);
  t.deepEqual(nodeAt(tree, '/srv/data'), { kind: 'directory' });
  t.deepEqual(nodeAt(tree, '/dev/null'), { kind: 'special' });
  t.is(nodeAt(tree, '/etc/self'), undefined);
});

test('names in a directory, sorted by byte, links followed', (t) => {
  const names = guestTree({
    '/d/b': '',
    '/d/B': '',
    '/d/a/x': '',
    '/dd': '',
    '/l': link('d'),
    '/d/\xe9': '',
  });
  t.deepEqual(namesIn(names, '/d'), ['B', 'a', 'b', '\xe9']);
  t.deepEqual(namesIn(names, '/l/'), ['B', 'a', 'b', '\xe9']);
  t.deepEqual(namesIn(names, '/d/a'), ['x']);
  t.deepEqual(namesIn(names, '/'), ['d', 'dd', 'l']);
  t.deepEqual(namesIn(names, '/nothing'), []);
  t.deepEqual(namesIn(tree, '/etc/self'), []);
});

test('what it leads to has no link, no dot and no double slash in it', (t) => {
  const part = fc.constantFrom(
    'etc',
    'lib',
    'usr',
    'srv',
    'data',
    '..',
    '.',
    '',
    'root',
    'chain',
    'self',
    'x',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const resolved = resolvePath(tree, `/${parts.join('/')}`);
      if (resolved === undefined) return;
      t.regex(resolved, /^\/$|^(\/(?!\.{1,2}(\/|$))[^/]+)+$/);
      t.is(resolvePath(tree, resolved), resolved);
    }),
  );
});
