import test from 'ava';
import { initSystemOf, programNamed, systemdVersionIn } from '../../../src/guest-files/init-system.js';
import type { GuestNode, InitSystem } from '../../../src/model.js';
import { guestTree } from '../network/guest-tree-of.js';

type Files = Record<string, string | GuestNode>;

const link = (target: string): GuestNode => ({ kind: 'symlink', target });
/** As in bookworm's sysvinit-core 3.06 and in upstart. */
const sysvinit = '\x7fELF\0/etc/inittab\0INIT_VERSION=sysvinit-3.06\0';
const upstart = '\x7fELF\0unix:abstract=/com/ubuntu/upstart\0';
const job = { '/etc/init/tty1.conf': 'x' };
const event = { '/etc/event.d/tty1': 'x' };
const inittab = { '/etc/inittab': 'id:2:initdefault:\n' };

const cases: readonly [string, Files, Record<string, string>, InitSystem][] = [
  ['bookworm', { '/sbin': link('usr/sbin'), '/usr/sbin/init': link('/lib/systemd/systemd') }, {}, 'systemd'],
  [
    'jessie, with leftovers of both others',
    { '/sbin/init': link('/lib/systemd/systemd'), ...inittab, ...job },
    {},
    'systemd',
  ],
  ['a relative link', { '/sbin/init': link('../lib/systemd/systemd') }, {}, 'systemd'],
  [
    'bookworm with sysvinit-core, where udev needs /lib/systemd',
    {
      '/sbin': link('usr/sbin'),
      '/usr/sbin/init': sysvinit,
      '/lib/systemd/libsystemd-shared-252.so': { kind: 'unread', bytes: 1 },
      ...job,
      ...inittab,
    },
    { 'sysvinit-core': '3.06-4', systemd: '252' },
    'sysvinit',
  ],
  [
    'jessie started by its old init',
    { '/sbin/init': link('/lib/sysvinit/init') },
    { sysvinit: '2.88dsf' },
    'sysvinit',
  ],
  ['trusty', { '/sbin/init': upstart, ...job }, { upstart: '1.12.1-0ubuntu4.2' }, 'upstart'],
  [
    'trusty with an inittab that somebody wrote',
    { '/sbin/init': upstart, ...job, ...inittab },
    {},
    'upstart',
  ],
  ['vivid with upstart-sysv', { '/sbin/init': link('upstart'), ...job }, { upstart: '1.13.2' }, 'upstart'],
  ['hardy', { '/sbin/init': upstart, ...event }, { upstart: '0.3.9-8' }, 'upstart-events'],
  ['jaunty', { '/sbin/init': upstart, ...event }, { upstart: '0.3.9-10' }, 'upstart-events'],
  [
    'lucid, upgraded from jaunty',
    { '/sbin/init': upstart, ...event, ...job },
    { upstart: '0.6.5-8' },
    'upstart',
  ],
  ['no list of packages: the jobs tell', { '/sbin/init': upstart, ...event }, {}, 'upstart-events'],
  ['upstart without any job', { '/sbin/init': upstart }, {}, 'upstart'],
  [
    'an init too large to read: the packages tell',
    { '/sbin/init': { kind: 'unread', bytes: 9e6 }, ...inittab },
    { 'systemd-sysv': '252' },
    'systemd',
  ],
  ['wheezy', { '/sbin/init': 'odd', ...job }, { sysvinit: '2.88dsf-41+deb7u1' }, 'sysvinit'],
  [
    'jessie: sysvinit is only beside',
    { ...inittab },
    { sysvinit: '2.88dsf-59', 'systemd-sysv': '215-17' },
    'systemd',
  ],
  ['files only: inittab before jobs, which Debian packages brought', { ...inittab, ...job }, {}, 'sysvinit'],
  ['files only: jobs', job, {}, 'upstart'],
  ['files only: event.d', event, {}, 'upstart-events'],
  ['runit', { '/sbin/init': link('/sbin/runit-init'), ...inittab }, {}, 'unknown'],
  ['busybox', { '/sbin/init': link('../bin/busybox'), ...inittab }, {}, 'unknown'],
  ['nothing', {}, {}, 'unknown'],
];

for (const [title, files, packages, expected] of cases) {
  test(`init system: ${title}`, (t) => {
    t.is(initSystemOf(guestTree(files), new Map(Object.entries(packages))), expected);
  });
}

const programs: readonly [string, 'systemd' | 'upstart' | undefined][] = [
  ['/lib/systemd/systemd', 'systemd'],
  ['/bin/systemd', 'systemd'],
  ['/sbin/upstart', 'upstart'],
  ['/sbin/init', undefined],
  ['/bin/bash', undefined],
  ['', undefined],
];

for (const [path, expected] of programs) {
  test(`init=${path}`, (t) => t.is(programNamed(path), expected));
}

const library = (name: string): Files => ({ [name]: { kind: 'unread', bytes: 1 } });
const versions: readonly [string, Files, Record<string, string>, number | undefined][] = [
  [
    'bookworm',
    library('/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so'),
    { systemd: '252.39-1' },
    252,
  ],
  ['xenial', library('/lib/systemd/libsystemd-shared-231.so'), {}, 231],
  [
    'two of them after an upgrade',
    {
      ...library('/lib/systemd/libsystemd-shared-241.so'),
      ...library('/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-247.so'),
    },
    {},
    247,
  ],
  ['trixie', library('/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-257.so'), {}, 257],
  ['jessie had no such library', {}, { systemd: '215-17+deb8u13' }, 215],
  ['an epoch', {}, { systemd: '1:229-4ubuntu21' }, 229],
  ['an odd version', {}, { systemd: 'x' }, undefined],
  ['wheezy', {}, { udev: '175-7.2' }, undefined],
  ["bookworm with sysvinit has systemd's udev", {}, { udev: '252.39-1~deb12u1' }, 252],
];

for (const [title, files, packages, expected] of versions) {
  test(`systemd's version: ${title}`, (t) => {
    t.is(systemdVersionIn(guestTree(files), new Map(Object.entries(packages))), expected);
  });
}
