import test from 'ava';
import type { Facts, GuestNode } from '../../../../src/model.js';
import { staticDevRule } from '../../../../src/plan/rules/static-dev.js';
import { factsOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const special: GuestNode = { kind: 'special' };
const nodes = { '/dev/hvc0': special, '/dev/xvda': special, '/dev/xvda1': special, '/dev/xvda5': special };
const packages = new Map([['dpkg', '1.13.26']]);
const old: Partial<Facts> = { initSystem: 'sysvinit', packages };

const cases: readonly [string, Record<string, GuestNode>, Partial<Facts>, string | undefined][] = [
  [
    'nothing there',
    {},
    old,
    'mknod /dev/hvc0 c 229 0; mknod /dev/xvda b 202 0; mknod /dev/xvda1 b 202 1; mknod /dev/xvda5 b 202 5',
  ],
  [
    'one missing',
    { '/dev/xvda': special, '/dev/xvda1': special, '/dev/xvda5': special },
    old,
    'mknod /dev/hvc0 c 229 0',
  ],
  ['all there', nodes, old, undefined],
  ['udev makes them', {}, { ...old, packages: new Map([...packages, ['udev', '0.105-4']]) }, undefined],
  [
    'udev left its folder',
    { '/etc/udev/udev.conf': { kind: 'file', text: '', mode: 0o644 } },
    old,
    undefined,
  ],
  ['the packages are not known', {}, { ...old, packages: new Map() }, undefined],
  ['systemd needs no udev for that', {}, { ...old, initSystem: 'systemd' }, undefined],
];

for (const [title, files, changes, commands] of cases) {
  test(title, (t) => {
    const { problems, edits, notices } = staticDevRule.apply(factsOf(files, changes), requestOf());
    t.deepEqual([...edits, ...notices], []);
    t.deepEqual(
      problems.map(({ code, remedy }) => [code, remedy]),
      commands === undefined ? [] : [['static-dev', `install udev in the guest, or run there: ${commands}`]],
    );
  });
}
