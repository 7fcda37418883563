import test from 'ava';
import type { Mount } from '../../../../src/model.js';
import { guestPath } from '../../../../src/plan/boot-loaders/entry-checks.js';
import { factsOf } from '../sample-guest.js';

const root: Mount = { device: '/dev/sda1', path: '/' };
const boot: Mount = { device: '/dev/sda2', path: '/boot' };
const inSubvolume = (mount: Mount): Mount => ({ ...mount, options: ['subvol=@rootfs'] });

const cases: readonly [string, readonly Mount[], string, string][] = [
  ['the root', [root], '/boot/vmlinuz', '/boot/vmlinuz'],
  ["/boot's own file system", [root, boot], '/vmlinuz', '/boot/vmlinuz'],
  ['a subvolume', [inSubvolume(root)], '/@rootfs/boot/vmlinuz', '/boot/vmlinuz'],
  ['the top above a subvolume, which is not mounted', [inSubvolume(root)], '/boot/vmlinuz', '/boot/vmlinuz'],
  [
    'a name that only begins like the subvolume',
    [inSubvolume(root)],
    '/@rootfs2/vmlinuz',
    '/@rootfs2/vmlinuz',
  ],
  ["a subvolume of /boot's own", [root, inSubvolume(boot)], '/@rootfs/vmlinuz', '/boot/vmlinuz'],
];

for (const [title, mounts, path, expected] of cases) {
  test(`paths in the menu: ${title}`, (t) => {
    t.is(guestPath(factsOf({}, { mounts }), '/boot/grub/grub.cfg', path), expected);
  });
}
