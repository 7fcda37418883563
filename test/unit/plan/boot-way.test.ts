import test from 'ava';
import type { BootWay, Facts, FileSystem, KernelCompression, Mount } from '../../../src/model.js';
import { bootWay, bootWayProblems } from '../../../src/plan/boot-way.js';
import { bootWayRule } from '../../../src/plan/rules/boot-way.js';
import { factsOf, grubConfig, kernelOf, rootFileSystem, rootUuid } from './sample-guest.js';
import { requestOf } from './sample-request.js';

/** As Debian writes it: the second line is its patch insmod-xzio-and-lzopio-on-xen. */
const debianMenu = `insmod gzio\nif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n${grubConfig(`root=UUID=${rootUuid}`)}`;

function guestOn(root: Partial<FileSystem>, changes: Partial<Facts> = {}, menu = debianMenu): Facts {
  const fileSystem = { ...rootFileSystem, ...root };
  return factsOf(
    { '/boot/grub/grub.cfg': menu },
    {
      layout: { partitionTable: 'gpt', fileSystems: [fileSystem] },
      mounts: [{ device: fileSystem.device, path: '/' }],
      ...changes,
    },
  );
}

const logicalVolume = { device: '/dev/vg/root', logicalVolume: 'vg/root', type: 'ext4' } as const;
const withoutNumber = ({ partition: _, ...rest }: FileSystem): FileSystem => rest;
const table = (partitionTable: 'mbr' | 'none', root: FileSystem): Partial<Facts> => ({
  layout: { partitionTable, fileSystems: [root] },
});

// What pygrub reads: tried with Xen 4.17's on images of each kind (reference 3.1).
const places: readonly [string, Facts, BootWay][] = [
  ['ext4 on a GPT', guestOn({}), 'pygrub'],
  ['ext2 on a GPT, partition 15', guestOn({ type: 'ext2', partition: 15 }), 'pygrub'],
  ['ext4, features known', guestOn({ features: ['extent', 'metadata_csum', 'orphan_file'] }), 'pygrub'],
  ['ext4 with bigalloc', guestOn({ features: ['extent', 'bigalloc'] }), 'pvgrub2'],
  ['ext4 on a primary partition', guestOn({}, table('mbr', { ...rootFileSystem, partition: 4 })), 'pygrub'],
  ['ext4 on a logical partition', guestOn({}, table('mbr', { ...rootFileSystem, partition: 5 })), 'pvgrub2'],
  ['ext4 on the whole disk', guestOn({}, table('none', withoutNumber(rootFileSystem))), 'pygrub'],
  [
    'a logical volume',
    guestOn(logicalVolume, table('mbr', withoutNumber({ ...rootFileSystem, ...logicalVolume }))),
    'pvgrub2',
  ],
  ['XFS of today', guestOn({ type: 'xfs', features: ['v5', 'ftype'] }), 'pvgrub2'],
  ['XFS, nothing known', guestOn({ type: 'xfs' }), 'pvgrub2'],
  ['XFS v4 with ftype', guestOn({ type: 'xfs', features: ['v4', 'ftype'] }), 'pvgrub2'],
  ['XFS v4 without ftype', guestOn({ type: 'xfs', features: ['v4'] }), 'pygrub'],
  ['btrfs', guestOn({ type: 'btrfs' }), 'pvgrub2'],
];

for (const [title, facts, way] of places) {
  test(`${title}: ${way}`, (t) => {
    t.is(bootWay(facts, { way: 'auto', cannotUnpack: [] }), way);
    t.deepEqual(bootWayProblems(facts, { way: 'auto', cannotUnpack: [] }), []);
    const asked = bootWayProblems(facts, { way: 'pygrub', cannotUnpack: [] }).map(({ code }) => code);
    t.deepEqual(asked, way === 'pygrub' ? [] : ['pygrub-cannot-read']);
  });
}

test('/boot of its own counts, not the root', (t) => {
  const boot = { device: '/dev/sda2', partition: 2, type: 'ext2' };
  const root = { ...logicalVolume, uuid: rootUuid };
  const mounts: Mount[] = [
    { device: '/dev/vg/root', path: '/' },
    { device: '/dev/sda2', path: '/boot' },
  ];
  const facts = guestOn({}, { layout: { partitionTable: 'mbr', fileSystems: [boot, root] }, mounts });
  t.is(bootWay(facts, { way: 'auto', cannotUnpack: [] }), 'pygrub');
});

test('what is asked for is taken', (t) => {
  for (const way of ['pygrub', 'pvgrub2', 'kernel'] as const) {
    t.is(bootWay(guestOn({ type: 'btrfs' }), { way, cannotUnpack: [] }), way);
  }
});

const packed = (compression: KernelCompression) => [
  kernelOf('6.1', { image: { compression, pv: true, reason: '' } }),
];
const xfs = { type: 'xfs', features: ['v5', 'ftype'] } as const;
const plainMenu = grubConfig(`root=UUID=${rootUuid}`);

const unpacking: readonly [
  string,
  Facts,
  'auto' | BootWay,
  readonly KernelCompression[],
  readonly string[],
][] = [
  ['pygrub, zstd, a Xen that can', guestOn({}, { kernels: packed('zstd') }), 'auto', [], []],
  [
    'pygrub, zstd, Xen 4.14',
    guestOn({}, { kernels: packed('zstd') }),
    'auto',
    ['zstd'],
    ['dom0-cannot-unpack'],
  ],
  [
    'kernel, zstd, Xen 4.14',
    guestOn(xfs, { kernels: packed('zstd') }),
    'kernel',
    ['zstd'],
    ['dom0-cannot-unpack'],
  ],
  ['GRUB, zstd', guestOn(xfs, { kernels: packed('zstd') }), 'auto', [], ['no-way-to-boot']],
  ['GRUB, lz4', guestOn(xfs, { kernels: packed('lz4') }), 'auto', [], ['no-way-to-boot']],
  ['GRUB asked for, zstd', guestOn({}, { kernels: packed('zstd') }), 'pvgrub2', [], ['pvgrub2-cannot-boot']],
  ['GRUB, plain ELF', guestOn(xfs, { kernels: packed('none') }), 'auto', [], []],
  ['GRUB, gzip, any menu', guestOn(xfs, { kernels: packed('gzip') }, plainMenu), 'auto', [], []],
  ['GRUB, xz, a menu without xzio', guestOn(xfs, {}, plainMenu), 'auto', [], ['no-way-to-boot']],
  ['GRUB, xz, Xen 4.14', guestOn(xfs), 'auto', ['zstd'], []],
];

for (const [title, facts, way, cannotUnpack, codes] of unpacking) {
  test(`unpacking: ${title}`, (t) => {
    const request = requestOf(undefined, { boot: { way, cannotUnpack } });
    t.deepEqual(
      bootWayRule.apply(facts, request).problems.map(({ code }) => code),
      codes,
    );
  });
}

test('a PVH domain wants a kernel with an entry point for it', (t) => {
  const request = (target?: 'pvh') =>
    requestOf(undefined, { boot: { way: 'auto', cannotUnpack: [], ...(target && { target }) } });
  const codes = (image: object, target?: 'pvh') => {
    const kernels = [kernelOf('6.1', { image: { compression: 'gzip', pv: true, reason: '', ...image } })];
    return bootWayRule.apply(guestOn({}, { kernels }), request(target)).problems.map(({ code }) => code);
  };
  t.deepEqual(codes({}, 'pvh'), ['kernel-not-pvh']);
  t.deepEqual(codes({ pvh: true }, 'pvh'), []);
  t.deepEqual(codes({}), []);
});

test('GRUB finds no menu in a subvolume, and none of another name', (t) => {
  const mounts: Mount[] = [{ device: '/dev/sda1', path: '/', options: ['subvol=/@rootfs'] }];
  const [inSubvolume] = bootWayProblems(guestOn({ type: 'btrfs' }, { mounts }), {
    way: 'auto',
    cannotUnpack: [],
  });
  t.regex(inSubvolume?.message ?? '', /subvolume @rootfs/);
  t.regex(inSubvolume?.remedy ?? '', /--boot-with kernel/);
  const files = { '/boot/grub/grub.cfg': { kind: 'directory' } } as const;
  const without = factsOf({ ...files, '/boot/grub/menu.lst': '' });
  const tree = new Map([...without.tree].filter(([path]) => path !== '/boot/grub/grub.cfg'));
  const [named] = bootWayProblems({ ...without, tree }, { way: 'pvgrub2', cannotUnpack: [] });
  t.is(named?.code, 'pvgrub2-cannot-boot');
});

test('the kernel that boots counts, not the newest', (t) => {
  const kernels = [
    kernelOf('6.2', { image: { compression: 'zstd', pv: true, reason: '' } }),
    kernelOf('6.1'),
  ];
  const request = requestOf(undefined, { boot: { way: 'auto', cannotUnpack: [] } });
  t.deepEqual(bootWayRule.apply(guestOn(xfs, { kernels }), request).problems, []);
});

test('a guest that starts by GRUB unasked is told so', (t) => {
  const notices = (way: 'auto' | BootWay, root: Partial<FileSystem>) =>
    bootWayRule.apply(guestOn(root), requestOf(undefined, { boot: { way, cannotUnpack: [] } })).notices;
  t.regex(notices('auto', xfs)[0]?.message ?? '', /GRUB built for PV.*XFS/);
  t.deepEqual(notices('auto', {}), []);
  t.deepEqual(notices('pvgrub2', xfs), []);
});
