import test from 'ava';
import type { GuestNode } from '../../../src/model.js';
import { interfacesFiles } from '../../../src/network/ifupdown-files.js';
import { guestTree } from './guest-tree-of.js';

const d = '/etc/network/interfaces.d';

// Tried with ifquery 0.8.41 --verbose, which names the files that it reads.
const cases: readonly [
  title: string,
  files: Record<string, string | GuestNode>,
  expected: readonly string[],
][] = [
  ['no file', {}, []],
  ['only the main file', { '/etc/network/interfaces': 'auto lo\n' }, ['/etc/network/interfaces']],
  [
    'source-directory takes plain names, sorted as in the C locale',
    {
      '/etc/network/interfaces': 'source-directory interfaces.d\n',
      [`${d}/b.cfg`]: '',
      [`${d}/a`]: '',
      [`${d}/A`]: '',
      [`${d}/.h`]: '',
      [`${d}/50-cloud-init`]: '',
    },
    ['/etc/network/interfaces', `${d}/50-cloud-init`, `${d}/A`, `${d}/a`],
  ],
  [
    'source takes shell patterns, without hidden files',
    { '/etc/network/interfaces': `source ${d}/*\n`, [`${d}/b.cfg`]: '', [`${d}/a`]: '', [`${d}/.h`]: '' },
    ['/etc/network/interfaces', `${d}/a`, `${d}/b.cfg`],
  ],
  [
    'a pattern in the middle of a path',
    {
      '/etc/network/interfaces': 'source */x\n',
      '/etc/network/q/x': '',
      '/etc/network/p/x': '',
      '/etc/network/o/y': '',
    },
    ['/etc/network/interfaces', '/etc/network/p/x', '/etc/network/q/x'],
  ],
  [
    'a directory, a missing file, braces and an unread file are no sources',
    {
      '/etc/network/interfaces': `source interfaces.d\nsource no\nsource ${d}/{a,b}\nsource ${d}/big\n`,
      [`${d}/a`]: '',
      [`${d}/big`]: { kind: 'unread', bytes: 9_000_000 },
    },
    ['/etc/network/interfaces'],
  ],
  [
    'only the first word is relative to the file',
    { '/etc/network/interfaces': 'source a b\n', '/etc/network/a': '', '/etc/network/b': '', '/b': '' },
    ['/etc/network/interfaces', '/etc/network/a', '/b'],
  ],
  [
    'an included file is read before the rest of the including one',
    {
      '/etc/network/interfaces': 'source a\nsource c\n',
      '/etc/network/a': 'source sub/b\n',
      '/etc/network/sub/b': '',
      '/etc/network/c': '',
    },
    ['/etc/network/interfaces', '/etc/network/a', '/etc/network/sub/b', '/etc/network/c'],
  ],
  [
    'files that include each other',
    {
      '/etc/network/interfaces': 'source a\nsource interfaces\n',
      '/etc/network/a': 'source interfaces\nsource a\n',
    },
    ['/etc/network/interfaces', '/etc/network/a'],
  ],
  [
    'symbolic links are followed, also of the main file',
    {
      '/etc/network/interfaces': { kind: 'symlink', target: '/srv/if' },
      '/srv/if': 'source a\n',
      '/etc/network/a': { kind: 'symlink', target: '../../srv/a' },
      '/srv/a': '',
    },
    ['/srv/if', '/srv/a'],
  ],
];

for (const [title, files, expected] of cases) {
  test(title, (t) => {
    t.deepEqual(interfacesFiles(guestTree(files)), [...expected]);
  });
}
