import test from 'ava';
import type { DiskLayout } from '../../../src/model.js';
import { createDeviceMap, isOtherDisk } from '../../../src/plan/device-names.js';
import { factsOf, rootFileSystem, rootUuid, swapUuid } from './sample-guest.js';

const partitioned: readonly [string, string | undefined][] = [
  ['/dev/sda1', `UUID=${rootUuid}`],
  ['/dev/hda1', `UUID=${rootUuid}`],
  ['/dev/vda1', `UUID=${rootUuid}`],
  ['/dev/sda5', `UUID=${swapUuid}`],
  ['/dev/sda6', '/dev/xvda6'],
  ['/dev/sda', '/dev/xvda'],
  ['/dev/sdb', '/dev/xvdb'],
  ['/dev/sdb1', '/dev/xvdb1'],
  ['/dev/hdc12', '/dev/xvdc12'],
  ['/dev/sdaa1', '/dev/xvdaa1'],
  ['/dev/xvda1', undefined],
  ['/dev/sr0', undefined],
  ['/dev/md0', undefined],
  ['/dev/mapper/vg-root', undefined],
  ['/dev/sda1x', undefined],
  ['/dev/disk/by-uuid/x', undefined],
  ['sda1', undefined],
  ['/mnt/dev/sda1', undefined],
  ['UUID=x', undefined],
  ['', undefined],
];

for (const [path, expected] of partitioned) {
  test(`on a partitioned disk: ${path || 'nothing'}`, (t) => {
    t.is(createDeviceMap(factsOf())(path), expected);
  });
}

const wholeDisk: DiskLayout = {
  partitionTable: 'none',
  fileSystems: [{ device: '/dev/sda', type: 'ext4', uuid: rootUuid }],
};

test('a file system on the whole disk', (t) => {
  const map = createDeviceMap(factsOf({}, { layout: wholeDisk }));
  t.is(map('/dev/sda'), `UUID=${rootUuid}`);
  t.is(map('/dev/sda1'), '/dev/xvda1');
});

test('a logical volume is no partition', (t) => {
  const fileSystems = [rootFileSystem, { device: '/dev/vg/home', type: 'ext4', uuid: 'other' }];
  const map = createDeviceMap(factsOf({}, { layout: { partitionTable: 'mbr', fileSystems } }));
  t.is(map('/dev/sda'), '/dev/xvda');
});

test('a partition without a UUID gets its xvd name', (t) => {
  const fileSystems = [{ device: '/dev/sda1', partition: 1, type: 'unknown' }];
  const map = createDeviceMap(factsOf({}, { layout: { partitionTable: 'mbr', fileSystems } }));
  t.is(map('/dev/sda1'), '/dev/xvda1');
});

test('the result is never mapped again', (t) => {
  const map = createDeviceMap(factsOf());
  for (const [path] of partitioned) t.is(map(map(path) ?? ''), undefined);
});

test('disks other than the image', (t) => {
  const paths = ['/dev/sda', '/dev/sda1', '/dev/sdb', '/dev/hdc1', '/dev/vdaa', '/dev/xvdb', '/dev/sr0'];
  t.deepEqual(paths.filter(isOtherDisk), ['/dev/sdb', '/dev/hdc1', '/dev/vdaa']);
});
