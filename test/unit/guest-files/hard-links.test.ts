import test from 'ava';
import { withLinks } from '../../../src/guest-files/hard-links.js';
import { guestTree } from '../network/guest-tree-of.js';

test('each name knows the others, and only files do', (t) => {
  const tree = guestTree({
    '/etc/a': 'x',
    '/etc/b': 'x',
    '/etc/c': 'x',
    '/etc/d': { kind: 'unread', bytes: 9 },
  });
  const linked = withLinks(tree, [['/etc/b', '/etc/a'], ['/etc/c'], ['/etc/d', '/etc/e']]);
  t.deepEqual(linked.get('/etc/a'), { kind: 'file', text: 'x', mode: 0o644, links: ['/etc/b'] });
  t.deepEqual(linked.get('/etc/b'), { kind: 'file', text: 'x', mode: 0o644, links: ['/etc/a'] });
  t.deepEqual([linked.get('/etc/c'), linked.get('/etc/d')], [tree.get('/etc/c'), tree.get('/etc/d')]);
  t.false(linked.has('/etc/e'));
});

test('a file with more names than any configuration has is not read', (t) => {
  // As many as ext4 allows (EXT4_LINK_MAX).
  const names = Array.from({ length: 65_000 }, (_, index) => `/etc/${index}`);
  const tree = new Map(names.map((name) => [name, { kind: 'file', text: 'abc', mode: 0o644 } as const]));
  const linked = withLinks(tree, [names]);
  t.deepEqual(linked.get('/etc/0'), { kind: 'unread', bytes: 3 });
  t.is(linked.size, 65_000);
});
