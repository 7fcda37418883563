import test from 'ava';
import type { DiskLayout, FileSystem } from '../../../src/model.js';
import { namedFileSystem } from '../../../src/plan/named-file-system.js';

const root: FileSystem = {
  device: '/dev/sda1',
  partition: 1,
  type: 'ext4',
  uuid: '11111111-2222-4333-8444-55555555abcd',
  label: 'my root',
  partitionUuid: '0badcafe-01',
};
const volume: FileSystem = { device: '/dev/vg-0/root', logicalVolume: 'vg-0/root', type: 'xfs', uuid: 'b' };
const odd: FileSystem = { device: '/dev/a--b/c', logicalVolume: 'a--b/c', type: 'xfs' };
const layout: DiskLayout = { partitionTable: 'mbr', fileSystems: [root, volume, odd] };

// The forms of fstab(5) and of udev's links; the last ones as `dmsetup splitname` of lvm2 2.03 takes them apart.
const names: readonly [string, FileSystem | undefined][] = [
  ['UUID=11111111-2222-4333-8444-55555555abcd', root],
  ['UUID="11111111-2222-4333-8444-55555555ABCD"', root],
  ['/dev/disk/by-uuid/11111111-2222-4333-8444-55555555abcd', root],
  ['LABEL=my root', root],
  ['LABEL=My root', undefined],
  ['/dev/disk/by-label/my\\x20root', root],
  ['PARTUUID=0BADCAFE-01', root],
  ['/dev/disk/by-partuuid/0badcafe-01', root],
  ['/dev/sda1', root],
  ['/dev/vda1', root],
  ['/dev/xvda1', root],
  ['/dev/sdb1', undefined],
  ['/dev/sda', undefined],
  ['/dev/sda2', undefined],
  ['UUID=', undefined],
  ['', undefined],
  ['none', undefined],
  ['/dev/vg-0/root', volume],
  ['/dev/mapper/vg--0-root', volume],
  ['/dev/mapper/vg-0-root', undefined],
  ['/dev/mapper/a----b-c', odd],
];

for (const [name, meant] of names) {
  test(`"${name}" is ${meant?.device ?? 'nothing on this disk'}`, (t) =>
    t.is(namedFileSystem(layout, name), meant));
}

test('the whole disk', (t) => {
  const whole: FileSystem = { device: '/dev/sda', type: 'ext4' };
  for (const name of ['/dev/sda', '/dev/xvda']) {
    t.is(namedFileSystem({ partitionTable: 'none', fileSystems: [whole] }, name), whole);
  }
});
