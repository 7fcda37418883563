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
  [
    'etch',
    { '/etc/debian_version': '4.0\n' },
    { id: 'debian', version: '4', codename: '', name: 'Debian 4.0' },
  ],
  [
    'lenny',
    { '/etc/debian_version': '5.0.10\n' },
    { id: 'debian', version: '5', codename: '', name: 'Debian 5.0.10' },
  ],
  [
    'what was testing when lenny was next',
    { '/etc/debian_version': 'lenny/sid\n' },
    { id: 'debian', version: '', codename: 'lenny', name: 'Debian lenny/sid' },
  ],
  [
    'hardy, whose debian_version names the Debian that it was made from',
    {
      '/etc/debian_version': 'lenny/sid\n',
      '/etc/lsb-release':
        'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=8.04\nDISTRIB_CODENAME=hardy\nDISTRIB_DESCRIPTION="Ubuntu 8.04.4 LTS"\n',
    },
    { id: 'ubuntu', version: '8.04', codename: 'hardy', name: 'Ubuntu 8.04.4 LTS' },
  ],
  [
    'a relative of Ubuntu',
    {
      '/etc/lsb-release': 'DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=17\n',
      '/etc/debian_version': 'jessie/sid\n',
    },
    { id: 'linuxmint', version: '17', codename: '', name: 'linuxmint 17' },
  ],
  [
    "the lsb-release of Debian's package lsb",
    { '/etc/lsb-release': 'LSB_VERSION="core-2.0-amd64"\n', '/etc/debian_version': '5.0.3\n' },
    { id: 'debian', version: '5', codename: '', name: 'Debian 5.0.3' },
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
  [release('ubuntu', '7.10'), 'gutsy'],
  [release('ubuntu', '12.04'), 'precise'],
  [release('ubuntu', '26.04'), 'resolute'],
  [release('debian', '4'), 'etch'],
  [release('debian', '', 'lenny'), 'lenny'],
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

test('every release from etch to forky and from gutsy to resolute has a row', (t) => {
  const versions = (id: string) => releases.filter((row) => row.id === id).map(({ version }) => version);
  t.deepEqual(
    versions('debian'),
    Array.from({ length: 11 }, (_, index) => `${index + 4}`),
  );
  const halfYears = Array.from(
    { length: 36 },
    (_, index) => `${8 + Math.floor(index / 2)}.${index % 2 === 0 ? '04' : '10'}`,
  );
  t.deepEqual(versions('ubuntu'), ['7.10', ...halfYears, '26.04']);
});

test('kernel packages are named as dpkg allows, headers by their image', (t) => {
  for (const { kernels, codename } of releases) {
    t.true(kernels.length > 0, codename);
    for (const { image, headers } of kernels) {
      t.regex(image, /^linux-image-[a-z0-9.+-]+$/);
      t.regex(headers, /^linux-headers-[a-z0-9.+-]+$/);
    }
  }
});

/** Reference section 1: what of it is verified or sourced. */
const facts: readonly [string, object][] = [
  ['etch', { console: 'xvc0', bootLoader: 'grub-legacy', initSystem: 'sysvinit', network: 'ifupdown' }],
  ['squeeze', { console: 'hvc0', bootLoader: 'grub2', initSystem: 'sysvinit' }],
  ['bullseye', { initramfsCompression: 'gzip', initSystem: 'systemd' }],
  ['bookworm', { initramfsCompression: 'zstd' }],
  [
    'hardy',
    {
      console: 'xvc0',
      initSystem: 'upstart-events',
      kernels: [{ image: 'linux-image-xen', headers: 'linux-headers-xen' }],
    },
  ],
  ['jaunty', { console: 'hvc0', initSystem: 'upstart-events', bootLoader: 'grub-legacy' }],
  ['karmic', { initSystem: 'upstart', bootLoader: 'grub2' }],
  ['trusty', { initSystem: 'upstart', network: 'ifupdown' }],
  ['xenial', { initSystem: 'systemd', network: 'ifupdown', initramfsCompression: 'gzip' }],
  ['focal', { network: 'netplan', initramfsCompression: 'lz4' }],
  ['resolute', { initramfsTool: 'dracut' }],
];

for (const [codename, expected] of facts) {
  test(`the row of ${codename}`, (t) => {
    t.like(
      releases.find((row) => row.codename === codename),
      expected,
    );
  });
}
