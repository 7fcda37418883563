import test from 'ava';
import type { GuestNode, Release } from '../../../src/model.js';
import { releases } from '../../../src/releases/catalogue.js';
import { findReleaseRow, readRelease } from '../../../src/releases/release.js';
import { guestTree } from '../network/guest-tree-of.js';

const bookworm = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;

const known: readonly [string, Record<string, string | GuestNode>, Release | undefined][] = [
  [
    'os-release behind its usual link',
    {
      '/etc/os-release': { kind: 'symlink', target: '../usr/lib/os-release' },
      '/usr/lib/os-release': bookworm,
      '/etc/debian_version': '12.11\n',
    },
    { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
  ],
  [
    'os-release in /usr/lib alone',
    { '/usr/lib/os-release': bookworm },
    { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
  ],
  [
    "testing doesn't say a number",
    { '/etc/os-release': 'ID=debian\nVERSION_CODENAME=forky\nNAME="Debian GNU/Linux"\n' },
    { id: 'debian', version: '', codename: 'forky', name: 'Debian GNU/Linux' },
  ],
  [
    'single quotes, comments, carriage returns, the last line counts',
    { '/etc/os-release': "# x\r\nID=other\r\nID='ubuntu'\r\nVERSION_ID='22.04'\r\n" },
    { id: 'ubuntu', version: '22.04', codename: '', name: 'an unnamed system' },
  ],
  [
    'an empty os-release',
    { '/etc/os-release': '' },
    { id: 'unknown', version: '', codename: '', name: 'an unnamed system' },
  ],
  [
    'before os-release',
    { '/etc/debian_version': '6.0.10\n' },
    { id: 'debian', version: '6', codename: '', name: 'Debian 6.0.10' },
  ],
  [
    'Red Hat before os-release',
    { '/etc/redhat-release': 'CentOS release 6.10 (Final)\n' },
    { id: 'redhat', version: '', codename: '', name: 'CentOS release 6.10 (Final)' },
  ],
  ['nothing', { '/etc/fstab': '' }, undefined],
];

for (const [title, files, expected] of known) {
  test(title, (t) => {
    t.deepEqual(readRelease(guestTree(files)), expected);
  });
}

const release = (id: string, version: string, codename = ''): Release => ({
  id,
  version,
  codename,
  name: '',
});

const rows: readonly [Release, string | undefined][] = [
  [release('debian', '12', 'bookworm'), 'bookworm'],
  [release('debian', '12'), 'bookworm'],
  [release('debian', '', 'forky'), 'forky'],
  [release('ubuntu', '22.04', 'jammy'), 'jammy'],
  [release('ubuntu', '12'), undefined],
  [release('debian', '22.04'), undefined],
  [release('debian', '99', 'bookworm'), undefined],
  [release('debian', ''), undefined],
  [release('fedora', '40'), undefined],
];

for (const [given, codename] of rows) {
  test(`${given.id} ${given.version || '-'} ${given.codename || '-'} is ${codename ?? 'not known'}`, (t) => {
    t.is(findReleaseRow(given)?.codename, codename);
  });
}

test('no release stands twice in the catalogue', (t) => {
  t.is(new Set(releases.map(({ id, version }) => `${id} ${version}`)).size, releases.length);
  t.is(new Set(releases.map(({ codename }) => codename)).size, releases.length);
});
