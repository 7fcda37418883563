import test from 'ava';
import type { DiskLayout, FileSystem, Mount } from '../../../src/model.js';
import { mountsOf, subvolumeOption } from '../../../src/stages/guest-mounts.js';
import { guestTree } from '../network/guest-tree-of.js';

const partition = (number: number, type: string): FileSystem => ({
  device: `/dev/sda${number}`,
  partition: number,
  type,
  uuid: `uuid-${number}`,
});
const layout: DiskLayout = {
  partitionTable: 'gpt',
  fileSystems: [partition(1, 'btrfs'), partition(2, 'ext2'), partition(3, 'xfs'), partition(15, 'vfat')],
};
const root: Mount = { device: '/dev/sda1', path: '/', options: ['subvol=@'] };

const mountsBy = (fstab: string) => mountsOf(guestTree({ '/etc/fstab': fstab }), layout, root);

const cases: readonly [string, string, readonly Mount[]][] = [
  ['nothing below the root', 'UUID=uuid-1 / btrfs subvol=@ 0 1\n', []],
  ['/boot', '/dev/vda2 /boot ext2 defaults\n', [{ device: '/dev/sda2', path: '/boot' }]],
  ['a slash behind the path', 'UUID=uuid-2\t/boot/\text2', [{ device: '/dev/sda2', path: '/boot' }]],
  ['part of /var', 'UUID=uuid-3 /var/cache xfs', [{ device: '/dev/sda3', path: '/var/cache' }]],
  [
    'a subvolume',
    'UUID=uuid-1 /var btrfs noatime,subvol=/@var',
    [{ device: '/dev/sda1', path: '/var', options: ['subvol=@var'] }],
  ],
  [
    'the last line counts',
    'UUID=uuid-2 /boot ext2\nUUID=uuid-3 /boot xfs',
    [{ device: '/dev/sda3', path: '/boot' }],
  ],
  [
    'what is no part of the system',
    'UUID=uuid-3 /srv xfs\n#UUID=uuid-2 /boot ext2\nUUID=uuid-15 /boot/efi vfat',
    [],
  ],
  ['two slashes', 'UUID=uuid-3 /var//cache/ xfs', [{ device: '/dev/sda3', path: '/var/cache' }]],
  [
    'a path that leads elsewhere',
    'UUID=uuid-2 /usr/../../usr ext2\nUUID=uuid-2 /var/./x ext2\nUUID=uuid-3 /usr/.. xfs',
    [],
  ],
  [
    'a name that begins with dots',
    'UUID=uuid-3 /usr/..local/.x xfs',
    [{ device: '/dev/sda3', path: '/usr/..local/.x' }],
  ],
  ['elsewhere, and not needed', 'tmpfs /var/tmp tmpfs\nserver:/x /usr/local nfs', []],
];

for (const [title, fstab, below] of cases) {
  test(title, (t) => t.deepEqual(mountsBy(fstab), { mounts: [root, ...below], problems: [] }));
}

test('a part of the system on another disk, or on what can not be mounted, is a reason to refuse', (t) => {
  for (const line of ['/dev/sdb1 /boot ext4', 'server:/usr /usr nfs', 'UUID=uuid-15 /boot vfat']) {
    t.deepEqual(
      mountsBy(line).problems.map(({ code }) => code),
      ['missing-file-system'],
      line,
    );
  }
});

test('subvol= among options', (t) => {
  t.is(subvolumeOption('rw,subvol=/@rootfs/,x'), 'subvol=@rootfs');
  t.is(subvolumeOption('subvolid=5'), undefined);
  t.is(subvolumeOption('subvol=/'), undefined);
  t.is(subvolumeOption(undefined), undefined);
});
