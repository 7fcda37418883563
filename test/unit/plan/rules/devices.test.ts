import test from 'ava';
import fc from 'fast-check';
import type { Kernel } from '../../../../src/model.js';
import { devicesRule } from '../../../../src/plan/rules/devices.js';
import { factsOf, kernelOf, rootUuid, swapUuid } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();

function apply(files: Record<string, string>, kernels?: readonly Kernel[]) {
  return devicesRule.apply(factsOf(files, kernels === undefined ? {} : { kernels }), request);
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

const resumes: readonly [string, [string, string][], boolean][] = [
  ['an emulated name', [['conf/conf.d/resume', 'RESUME=/dev/sda5\n']], true],
  ['a UUID', [['conf/conf.d/resume', 'RESUME=UUID=x\n']], false],
  ['none', [['conf/conf.d/resume', 'RESUME=none\n']], false],
  [
    'the last file counts',
    [
      ['conf/conf.d/zz-resume-auto', 'RESUME=UUID=x\n'],
      ['conf/conf.d/resume', 'RESUME=/dev/sda5\n'],
    ],
    false,
  ],
  ['another file', [['conf/initramfs.conf', 'RESUME=/dev/sda5\n']], false],
];

for (const [title, texts, expected] of resumes) {
  test(`the copy in the initramfs: ${title}`, (t) => {
    const initramfs = { path: '/boot/initrd.img-6.1', modules: ['xen-blkfront'], texts: new Map(texts) };
    const codes = apply({}, [kernelOf('6.1', { initramfs })]).notices.map(({ code }) => code);
    t.deepEqual(codes, expected ? ['initramfs-resume-differs'] : []);
  });
}

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
