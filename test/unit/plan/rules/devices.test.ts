import test from 'ava';
import fc from 'fast-check';
import type { Facts, GuestNode } from '../../../../src/model.js';
import { devicesRule } from '../../../../src/plan/rules/devices.js';
import { factsOf, rootFileSystem, rootUuid, swapUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();

function apply(files: Record<string, string | GuestNode>, changes: Partial<Facts> = {}) {
  return devicesRule.apply(factsOf(files, changes), request);
}

/** The text of a file afterwards. */
function after(path: string, text: string): string {
  const edit = apply({ [path]: text }).edits.find((each) => each.path === path);
  return edit?.node.kind === 'file' ? edit.node.text : text;
}

const fstab = '/etc/fstab';

const cases: readonly [string, string, string, string][] = [
  ['root', fstab, '/dev/sda1 / ext4 defaults 0 1\n', `UUID=${rootUuid} / ext4 defaults 0 1\n`],
  [
    'blanks, comments and a missing newline stay',
    fstab,
    '# / was on /dev/sda1 during installation\n\n\t/dev/hda1\t/   ext4 x 0 1\t\n/dev/vda5 none swap sw 0 0',
    `# / was on /dev/sda1 during installation\n\n\tUUID=${rootUuid}\t/   ext4 x 0 1\t\nUUID=${swapUuid} none swap sw 0 0`,
  ],
  ['carriage returns stay', fstab, '/dev/sda1 / ext4 x 0 1\r\n', `UUID=${rootUuid} / ext4 x 0 1\r\n`],
  ['a partition without UUID', fstab, '/dev/sda7 /srv ext4 x 0 2\n', '/dev/xvda7 /srv ext4 x 0 2\n'],
  ['another disk', fstab, '/dev/sdb1 /srv ext4 x 0 2\n', '/dev/xvdb1 /srv ext4 x 0 2\n'],
  [
    'drives stay',
    fstab,
    '/dev/hdc /media/cdrom0 udf,iso9660 user,noauto 0 0\n/dev/sdb /media/floppy0 auto rw,noauto 0 0\n',
    '/dev/hdc /media/cdrom0 udf,iso9660 user,noauto 0 0\n/dev/sdb /media/floppy0 auto rw,noauto 0 0\n',
  ],
  ['only the first field', fstab, 'x /dev/sda1 bind x 0 0\n', 'x /dev/sda1 bind x 0 0\n'],
  ['an indented comment', fstab, '  # /dev/sda1 x\n', '  # /dev/sda1 x\n'],
  [
    'crypttab: the second field',
    '/etc/crypttab',
    'sda5_crypt /dev/sda5 none luks\nx /dev/urandom\n',
    `sda5_crypt UUID=${swapUuid} none luks\nx /dev/urandom\n`,
  ],
  [
    'crypttab: swap with a random key has no UUID',
    '/etc/crypttab',
    'swap /dev/sda6 /dev/urandom swap\n',
    'swap /dev/xvda6 /dev/urandom swap\n',
  ],
  ['resume', '/etc/initramfs-tools/conf.d/resume', 'RESUME=/dev/sda5\n', `RESUME=UUID=${swapUuid}\n`],
  [
    'resume in quotes',
    '/etc/initramfs-tools/conf.d/resume',
    'RESUME="/dev/sda5"\n',
    `RESUME="UUID=${swapUuid}"\n`,
  ],
  [
    'no resume',
    '/etc/initramfs-tools/conf.d/resume',
    '# RESUME=/dev/sda5\nRESUME=none\n',
    '# RESUME=/dev/sda5\nRESUME=none\n',
  ],
  [
    'uswsusp opens a path',
    '/etc/uswsusp.conf',
    '# x\nresume device = /dev/sda5\ncompress = y\n',
    `# x\nresume device = /dev/disk/by-uuid/${swapUuid}\ncompress = y\n`,
  ],
  [
    'uswsusp without a UUID',
    '/etc/uswsusp.conf',
    'resume device = /dev/sda6\n',
    'resume device = /dev/xvda6\n',
  ],
  [
    'device.map',
    '/boot/grub/device.map',
    '(hd0)\t/dev/sda\n(hd1)\t/dev/sdb\n',
    '(hd0)\t/dev/xvda\n(hd1)\t/dev/sdb\n',
  ],
  [
    'device.map by serial numbers',
    '/boot/grub/device.map',
    '(hd0)\t/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001\n(hd1)\t/dev/disk/by-id/ata-QEMU_HARDDISK_QM00002\n',
    '(hd0)\t/dev/xvda\n(hd1)\t/dev/disk/by-id/ata-QEMU_HARDDISK_QM00002\n',
  ],
  [
    'options that name devices',
    fstab,
    'UUID=x / ext4 journal_path=/dev/sda5,errors=remount-ro,x-systemd.requires=/dev/sda1 0 1\n',
    `UUID=x / ext4 journal_path=/dev/disk/by-uuid/${swapUuid},errors=remount-ro,x-systemd.requires=/dev/disk/by-uuid/${rootUuid} 0 1\n`,
  ],
  [
    'options of crypttab',
    '/etc/crypttab',
    'x UUID=y none luks,header=/dev/sda7\n',
    'x UUID=y none luks,header=/dev/xvda7\n',
  ],
  [
    'other options',
    fstab,
    'UUID=x / ext4 loop=/dev/loop0,a=/dev/null,/dev/sda1 0 1\n',
    'UUID=x / ext4 loop=/dev/loop0,a=/dev/null,/dev/sda1 0 1\n',
  ],
  [
    'resume in the main file',
    '/etc/initramfs-tools/initramfs.conf',
    'MODULES=most\nexport RESUME=/dev/sda5\n',
    `MODULES=most\nexport RESUME=UUID=${swapUuid}\n`,
  ],
  [
    'resume in another part',
    '/etc/initramfs-tools/conf.d/local-top',
    "RESUME='/dev/sda5'\n",
    `RESUME='UUID=${swapUuid}'\n`,
  ],
  [
    'a mount unit',
    '/etc/systemd/system/srv.mount',
    '[Mount]\n#What=/dev/sda1\nWhat = /dev/sda1\nWhere=/srv\n',
    `[Mount]\n#What=/dev/sda1\nWhat = /dev/disk/by-uuid/${rootUuid}\nWhere=/srv\n`,
  ],
  [
    'mdadm.conf',
    '/etc/mdadm/mdadm.conf',
    '# DEVICE /dev/sda*\nDEVICE /dev/sd[a-z]1 /dev/hda1 partitions\nARRAY /dev/md0 devices=/dev/sda1,/dev/sdb1\n',
    '# DEVICE /dev/sda*\nDEVICE /dev/xvd[a-z]1 /dev/xvda1 partitions\nARRAY /dev/md0 devices=/dev/xvda1,/dev/xvdb1\n',
  ],
  [
    "lvm.conf: Xen's disks are accepted too",
    '/etc/lvm/lvm.conf',
    'devices {\n\tfilter = [ "a|^/dev/sda5$|", "r|.*|" ]\n}\n',
    'devices {\n\tfilter = [ "a|^/dev/xvda5$|", "a|^/dev/sda5$|", "r|.*|" ]\n}\n',
  ],
];

for (const [title, path, before, expected] of cases) {
  test(`${path}: ${title}`, (t) => {
    t.is(after(path, before), expected);
    t.is(after(path, expected), expected);
  });
}

test('nothing to do, nothing said', (t) => {
  t.deepEqual(apply({ [fstab]: `UUID=${rootUuid} / ext4 x 0 1\n` }), {
    edits: [],
    problems: [],
    notices: [],
  });
});

const notices: readonly [string, Record<string, string>, readonly string[]][] = [
  ['the image itself', { [fstab]: '/dev/sda1 / ext4 x 0 1\n' }, []],
  [
    'another disk',
    { [fstab]: '/dev/sdb1 /srv ext4 x 0 2\n' },
    ['/etc/fstab names /dev/sdb1, a disk that is not this image; it becomes /dev/xvdb1'],
  ],
  ['another disk in a comment', { [fstab]: '# /srv was on /dev/sdb1 during installation\n' }, []],
  ['a drive, which is left alone', { [fstab]: '/dev/hdc /media/cdrom0 udf,iso9660 noauto 0 0\n' }, []],
  ['another disk that GRUB once knew', { '/boot/grub/device.map': '(hd1) /dev/sdb\n' }, []],
];

for (const [title, files, messages] of notices) {
  test(`notices: ${title}`, (t) => {
    t.deepEqual(
      apply(files).notices.map(({ message }) => message),
      messages,
    );
  });
}

const more: readonly [string, Record<string, string>, readonly string[]][] = [
  [
    'swap on a partition that is not there',
    { [fstab]: '/dev/sda6 none swap sw 0 0\n' },
    ['/etc/fstab has swap on /dev/xvda6, which is not on this image; the boot may wait for it'],
  ],
  [
    'swap by an id that is not there',
    { [fstab]: 'UUID=0 none swap sw 0 0\nPARTUUID=1 none swap sw 0 0\n' },
    [
      '/etc/fstab has swap on UUID=0, which is not on this image; the boot may wait for it',
      '/etc/fstab has swap on PARTUUID=1, which is not on this image; the boot may wait for it',
    ],
  ],
  [
    'swap that is there, in a file, or need not be',
    {
      [fstab]: `UUID=${swapUuid.toUpperCase()} none swap sw 0 0\n/dev/sda5 none swap sw 0 0\n/swapfile none swap sw 0 0\n/dev/sda9 none swap sw,nofail 0 0\n`,
    },
    [],
  ],
  [
    'files that a person has to change',
    {
      '/etc/smartd.conf': '# /dev/sda\n/dev/sda -a\n',
      '/etc/hdparm.conf': '#/dev/hda {\n',
      '/etc/cron.daily/backup': 'dd if=/dev/sda1 of=/x\n',
      '/etc/cron.d/x': 'ls /dev/sdab /mnt/dev/sda\n',
      '/etc/systemd/system/dev-sda5.swap': '[Swap]\nWhat=/dev/sda5\n',
    },
    [
      'these files name emulated disks (sda, hda, vda), which do not exist under PV, and stay as they are: /etc/cron.daily/backup, /etc/smartd.conf, /etc/systemd/system/dev-sda5.swap',
    ],
  ],
];

for (const [title, files, messages] of more) {
  test(`notices: ${title}`, (t) => {
    const result = apply(files);
    t.deepEqual(result.problems, []);
    t.deepEqual(
      result.notices.map(({ message }) => message),
      messages,
    );
  });
}

test('an fstab that is a link', (t) => {
  const { edits } = apply({
    [fstab]: { kind: 'symlink', target: 'fstab.real' },
    '/etc/fstab.real': '/dev/sda1 / ext4 x 0 1\n',
  });
  t.deepEqual(
    edits.map(({ path }) => path),
    [fstab],
  );
});

const filter = { '/etc/lvm/lvm.conf': 'filter = "a|/dev/sda|"\n' };
const volume = { device: '/dev/vg/root', logicalVolume: 'vg/root', type: 'ext4' };

test('the copy of the filter in the initramfs would hide a root on LVM', (t) => {
  const layout = { partitionTable: 'mbr', fileSystems: [rootFileSystem, volume] } as const;
  const mounts = [{ device: volume.device, path: '/' }];
  t.deepEqual(
    apply(filter, { layout, mounts }).problems.map(({ code }) => code),
    ['lvm-filter'],
  );
  t.deepEqual(apply(filter, { layout }).problems, []);
});

const word = fc.constantFrom(
  '/dev/sda1',
  '/dev/hda5',
  '/dev/sdb',
  '/dev/xvda1',
  'none',
  '#',
  'UUID=x',
  '"',
  '=',
  '\xc3\xa0',
  'RESUME=/dev/sda5',
);
const fields = fc
  .array(fc.oneof(word, fc.constantFrom(' ', '\t', '\n', '\r\n', '  ')), { maxLength: 30 })
  .map((pieces) => pieces.join(''));

for (const path of [
  fstab,
  '/etc/crypttab',
  '/etc/initramfs-tools/conf.d/resume',
  '/etc/uswsusp.conf',
  '/boot/grub/device.map',
]) {
  test(`${path}: twice changes nothing more, and lines stay lines`, (t) => {
    fc.assert(
      fc.property(fields, (text) => {
        const once = after(path, text);
        t.is(after(path, once), once);
        t.is(once.split('\n').length, text.split('\n').length);
        t.is(once.replace(/\S+/g, '*'), text.replace(/\S+/g, '*'));
      }),
    );
  });
}
