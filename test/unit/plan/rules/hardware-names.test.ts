import test from 'ava';
import { hardwareNamesRule } from '../../../../src/plan/rules/hardware-names.js';
import { factsOf, grubConfig, rootUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();
const ata = '/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part1';
const path = '/dev/disk/by-path/pci-0000:00:01.1-ata-1-part1';

const cases: readonly [string, Record<string, string>, { problems: number; notices: number }][] = [
  ['UUIDs', { '/etc/fstab': `UUID=${rootUuid} / ext4 defaults 0 1\n` }, { problems: 0, notices: 0 }],
  [
    'the root by its place on the bus',
    { '/boot/grub/grub.cfg': grubConfig(`root=${path} ro`) },
    { problems: 1, notices: 0 },
  ],
  [
    'a mount by a serial number',
    { '/etc/fstab': `${ata} / ext4 defaults 0 1\n` },
    { problems: 1, notices: 0 },
  ],
  [
    'a mount that the boot can do without',
    { '/etc/fstab': `${ata} /mnt ext4 nofail 0 0\n` },
    { problems: 0, notices: 1 },
  ],
  [
    'the same with noauto among others',
    { '/etc/fstab': `${ata} /mnt ext4 ro,noauto 0 0\n` },
    { problems: 0, notices: 1 },
  ],
  ['an encrypted volume', { '/etc/crypttab': `data ${path} none luks\n` }, { problems: 1, notices: 0 }],
  [
    'names that hold',
    { '/etc/fstab': '/dev/disk/by-uuid/1 / ext4 defaults\n/dev/disk/by-id/lvm-pv-uuid-x /a ext4 defaults\n' },
    { problems: 0, notices: 0 },
  ],
  ['comments', { '/etc/fstab': `# ${ata} / ext4 defaults 0 1\n` }, { problems: 0, notices: 0 }],
];

for (const [title, files, expected] of cases) {
  test(title, (t) => {
    const { problems, notices, edits } = hardwareNamesRule.apply(factsOf(files), request);
    t.deepEqual({ problems: problems.length, notices: notices.length }, expected);
    t.deepEqual(edits, []);
    for (const { code } of [...problems, ...notices]) t.is(code, 'hardware-device-name');
  });
}
