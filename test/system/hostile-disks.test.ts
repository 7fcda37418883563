/** Disk images that are made to harm: partition tables, file systems and image headers with absurd values. */
import { copyFile, mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { partition, program } from './ext-images.js';
import { type Fate, makeCanary, meetsItsFate } from './hostile-run.js';
import { testFolder } from './program.js';
import { makeTinyGuest, prepareTinyGuests } from './tiny-guest.js';

const address = ['--address', '18.181.3.4', '--site', 'xvm', '--record', 'none'];

interface HostileDisk extends Fate {
  /** What is done to a good guest's image. Gives the name of the image that is then converted; the same without one. */
  readonly spoil: (image: string, canary: string) => Promise<unknown>;
  /** Options of mke2fs. */
  readonly fileSystem?: readonly string[];
}

/** Writes bytes into an image. */
async function put(image: string, at: number, bytes: Buffer): Promise<void> {
  const file = await open(image, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

const number = (value: number, bytes: 2 | 4 | 8): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};

/** Fields of an ext superblock: offset and size (e2fsprogs lib/ext2fs/ext2_fs.h). */
const fields = {
  inodes: [0, 4],
  blocks: [4, 4],
  firstDataBlock: [20, 4],
  blockSize: [24, 4],
  clusterSize: [28, 4],
  blocksPerGroup: [32, 4],
  inodesPerGroup: [40, 4],
  revision: [76, 4],
  firstInode: [84, 4],
  inodeSize: [88, 2],
  reservedGdt: [206, 2],
  descriptorSize: [254, 2],
  firstMetaBg: [260, 4],
  flexBg: [372, 2],
} as const;

/** A file system without checksums, so that a superblock's odd value reaches those who read it. */
const unprotected = ['-O', '^metadata_csum,^uninit_bg'];

const superblock = (values: Partial<Record<keyof typeof fields, number>>, fate: Fate): HostileDisk => ({
  ...fate,
  fileSystem: unprotected,
  spoil: async (image) => {
    for (const [name, value] of Object.entries(values)) {
      const [offset, bytes] = fields[name as keyof typeof fields];
      await put(image, 1024 + offset, number(value, bytes));
    }
  },
});

const debugfs =
  (...commands: readonly string[]): HostileDisk['spoil'] =>
  async (image) => {
    await writeFile(`${image}.commands`, `${commands.join('\n')}\n`, 'latin1');
    await execa`debugfs -w -f ${`${image}.commands`} ${image}`;
    await rm(`${image}.commands`);
  };

/** An extent tree whose only index points back to the block that it is in, which the file's own content is. */
async function extentLoop(image: string): Promise<void> {
  const { stdout } = await execa`debugfs -R ${'bmap /etc/fstab 0'} ${image}`;
  const block = Number(stdout.trim());
  const head = (depth: number) => Buffer.from([0x0a, 0xf3, 1, 0, 4, 0, depth, 0, 0, 0, 0, 0]);
  const index = Buffer.concat([number(0, 4), number(block, 4), number(0, 4)]);
  await put(image, block * (await blockBytes(image)), Buffer.concat([head(1), index]));
  const words = Buffer.concat([head(2), index]);
  const commands = [0, 4, 8, 12, 16, 20].map(
    (at) => `sif /etc/fstab block[${at / 4}] ${words.readUInt32LE(at)}`,
  );
  await debugfs(...commands)(image, '');
}

async function blockBytes(image: string): Promise<number> {
  const { stdout } = await execa`debugfs -R ${'show_super_stats -h'} ${image}`;
  return Number(/^Block size: +(\d+)/m.exec(stdout)?.[1]);
}

/** A qcow2 header as the guest or a stranger may write it: version 3, and these fields. */
function qcow2Header(values: Readonly<Record<number, Buffer>>, backing = ''): Buffer {
  const header = Buffer.alloc(1024);
  header.write('QFI\xfb\0\0\0\x03', 'latin1');
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(64n * 1024n * 1024n, 24);
  header.writeUInt32BE(1, 36);
  header.writeBigUInt64BE(0x30000n, 40);
  header.writeBigUInt64BE(0x10000n, 48);
  header.writeUInt32BE(1, 56);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(104, 100);
  header.writeUInt32BE(0xe2792aca, 104);
  header.writeUInt32BE(3, 108);
  header.write('raw', 112);
  if (backing !== '') {
    header.writeBigUInt64BE(512n, 8);
    header.writeUInt32BE(backing.length, 16);
    header.write(backing, 512);
  }
  for (const [at, bytes] of Object.entries(values)) bytes.copy(header, Number(at));
  return header;
}

const max4 = Buffer.alloc(4, 0xff);
const max8 = Buffer.alloc(8, 0xff);

/** An image of another format that is nothing but this header. */
const onlyHeader =
  (header: (canary: string) => Buffer, name: string): HostileDisk['spoil'] =>
  async (image, canary) => {
    const other = `${image}.${name}`;
    await writeFile(other, header(canary));
    await truncate(other, 1024 * 1024);
    return other;
  };

/** A sound layer over any file of the host. */
const layerOver =
  (file: (canary: string) => string): HostileDisk['spoil'] =>
  async (image, canary) => {
    const other = `${image}.qcow2`;
    await program`qemu-img create -q -u -f qcow2 -F raw -b ${file(canary)} ${other} 64M`;
    return other;
  };

/** The guest as qcow2, with other bytes in its header. */
const asQcow2 =
  (at: number, bytes: Buffer): HostileDisk['spoil'] =>
  async (image) => {
    const other = `${image}.qcow2`;
    await program`qemu-img convert -f raw -O qcow2 ${image} ${other}`;
    await put(other, at, bytes);
    return other;
  };

const asVhd =
  (...changes: readonly (readonly [number, Buffer])[]): HostileDisk['spoil'] =>
  async (image) => {
    const other = `${image}.vhd`;
    await program`qemu-img convert -f raw -O vpc ${image} ${other}`;
    const { size } = await stat(other);
    for (const [at, bytes] of changes) await put(other, at < 0 ? size + at : at, bytes);
    return other;
  };

/** The guest in the first of the partitions that sfdisk makes. */
const inPartition =
  (table: string, size: string, start: number): HostileDisk['spoil'] =>
  async (image) => {
    const other = `${image}.disk.img`;
    await partition(other, size, table);
    await program`dd if=${image} of=${other} bs=1M seek=${start} conv=notrunc,sparse status=none`;
    return other;
  };

const gpt = `label: gpt\nstart=1MiB,size=64MiB\n${'size=1MiB\n'.repeat(127)}`;
const logical = `label: dos\nstart=1MiB,size=64MiB,type=83\ntype=5\n${'size=1MiB,type=83\n'.repeat(56)}`;

/** Lets the chain of logical partitions begin anew with its first link. */
async function chainLoop(image: string): Promise<string> {
  const table =
    'label: dos\nstart=1MiB,size=64MiB,type=83\nstart=66MiB,type=5\nstart=67MiB,size=1MiB,type=83\n';
  const disk = `${image}.disk.img`;
  await inPartition(table, '80M', 1)(image, '');
  const entry = Buffer.concat([Buffer.from('0000000005000000', 'hex'), number(0, 4), number(4096, 4)]);
  await put(disk, 66 * 1024 * 1024 + 446 + 16, entry);
  return disk;
}

const damaged: Fate = {
  outcome: 'failed',
  says: /the file system on \/dev\/sda is damaged: The ext2 superblock is corrupt/,
};

const disks: Readonly<Record<string, HostileDisk>> = {
  'a superblock with blocks of a gigabyte': superblock({ blockSize: 20 }, damaged),
  'a superblock with absurd blocks': superblock({ blockSize: 0xffffffff }, damaged),
  'a superblock with inodes of 65535 bytes': superblock({ inodeSize: 65535 }, damaged),
  'a superblock with inodes of 0 bytes': superblock({ inodeSize: 0 }, damaged),
  'a superblock with inodes of 32768 bytes': superblock({ inodeSize: 32768 }, damaged),
  'a superblock with four billion blocks': superblock({ blocks: 0xffffffff }, damaged),
  'a superblock with no blocks': superblock({ blocks: 0 }, damaged),
  'a superblock with four billion inodes': superblock({ inodes: 0xffffffff }, damaged),
  'a superblock with groups of nothing': superblock({ blocksPerGroup: 0, inodesPerGroup: 0 }, damaged),
  'a superblock with groups of one': superblock({ blocksPerGroup: 8, clusterSize: 2 }, damaged),
  'a superblock with huge groups': superblock({ inodesPerGroup: 0xfffffff0 }, damaged),
  'a superblock that begins behind its end': superblock({ firstDataBlock: 0x7fffffff }, damaged),
  'a superblock with odd descriptors': superblock(
    { descriptorSize: 1, reservedGdt: 0xffff, firstMetaBg: 0xffffffff, flexBg: 0xffff },
    damaged,
  ),
  'a superblock of random bytes': {
    outcome: 'no-operating-system',
    spoil: (image) =>
      put(
        image,
        1024 + 60,
        Buffer.from(Array.from({ length: 900 }, (_, n) => (n * n * 31 + 7) & 255)).fill(0x53, 0, 0),
      ),
  },
  'zeros in the group descriptors': {
    outcome: 'failed',
    says: /inode table/,
    fileSystem: unprotected,
    spoil: (image) => put(image, 2048, Buffer.alloc(1024)),
  },
  'random group descriptors': {
    outcome: 'failed',
    says: /Corrupt group descriptor/,
    fileSystem: unprotected,
    spoil: (image) => put(image, 2048, Buffer.alloc(1024, 0xa5)),
  },
  'directories that hold themselves': {
    outcome: 'failed',
    says: /directory \/etc\/self contains itself/,
    fileSystem: unprotected,
    spoil: debugfs('ln /etc /etc/self', 'ln / /etc/root', 'ln /boot /boot/grub/up'),
  },
  'a root directory that is a file': {
    outcome: 'failed',
    says: /Ext2 inode is not a directory/,
    fileSystem: unprotected,
    spoil: debugfs('sif <2> mode 0100644'),
  },
  'an extent tree in a circle': {
    outcome: 'failed',
    says: /fstab/,
    fileSystem: unprotected,
    spoil: extentLoop,
  },
  'files of an exabyte': {
    outcome: 'unreadable-by-pygrub',
    fileSystem: unprotected,
    spoil: debugfs(
      'sif /etc/fstab size 0x7fffffffffffffff',
      'sif /boot/grub/grub.cfg size 0x7fffffffffffffff',
    ),
  },
  'a package list of an exabyte': {
    outcome: 'failed',
    says: /status has 9\d+ bytes/,
    fileSystem: unprotected,
    spoil: debugfs('sif /var/lib/dpkg/status size 0x7fffffffffffffff'),
  },
  'a kernel of an exabyte': {
    outcome: 'no-package-source',
    fileSystem: unprotected,
    spoil: debugfs('sif /boot/vmlinuz-6.1.0-56-cloud-amd64 size 0x7fffffffffffffff'),
  },
  'a directory of an exabyte': {
    outcome: 'not-verified',
    says: /i_size is \d+, should be 1024/,
    fileSystem: unprotected,
    spoil: debugfs('sif /etc size 0x7fffffffffff000'),
  },
  'blocks beyond the end': {
    outcome: 'failed',
    says: /short read/,
    fileSystem: ['-O', '^metadata_csum,^uninit_bg,^extents,^64bit'],
    spoil: debugfs(
      ...[0, 1, 2, 3].map((n) => `sif /etc/fstab block[${n}] 0x7fffff${n}0`),
      'sif /etc block[0] 0x7fffffff',
    ),
  },
  'names of files with slashes': {
    outcome: 'failed',
    says: /debugfs: ls -l/,
    fileSystem: unprotected,
    spoil: (image) => program`perl -pi -e ${'s#interfaces#../fstab..#g'} ${image}`,
  },
  'a label with escape sequences': {
    outcome: 'converted',
    spoil: debugfs('ssv volume_name "\x1b[2J\nBlock"', 'ssv last_mounted "\nBlock size: 1"'),
  },
  'a table of 128 partitions': { outcome: 'converted', spoil: inPartition(gpt, '200M', 1) },
  'a chain of 56 logical partitions': { outcome: 'converted', spoil: inPartition(logical, '200M', 1) },
  'a chain of partitions in a circle': { outcome: 'converted', spoil: chainLoop },
  'a qcow2 header in a raw image': {
    outcome: 'format-unclear',
    spoil: (image, canary) => put(image, 0, qcow2Header({}, canary)),
  },
  'a qcow2 header in a raw image, said to be raw': {
    outcome: 'format-unclear',
    args: ['--format', 'raw', ...address],
    spoil: (image, canary) => put(image, 0, qcow2Header({}, canary)),
  },
  'the same, as a boot sector': {
    outcome: 'converted',
    args: ['--format', 'raw', ...address],
    spoil: (image, canary) =>
      put(image, 0, qcow2Header({ 510: Buffer.from('55aa', 'hex') }, canary.slice(-20))),
  },
  'a qcow2 layer over a file of the host': {
    outcome: 'empty-disk',
    spoil: layerOver((canary) => canary),
  },
  'a qcow2 layer over json': {
    outcome: 'backing-file-unclear',
    says: /not a local file: json:/,
    spoil: onlyHeader(
      (canary) => qcow2Header({}, `json:{"driver":"raw","file":{"driver":"file","filename":"${canary}"}}`),
      'qcow2',
    ),
  },
  'a qcow2 layer over the network': {
    outcome: 'backing-file-unclear',
    says: /not a local file: nbd:/,
    spoil: onlyHeader(() => qcow2Header({}, 'nbd://127.0.0.1:1/x'), 'qcow2'),
  },
  'a qcow2 layer over a device': {
    outcome: 'backing-file-unclear',
    says: /\/dev\/zero is neither a file nor a block device/,
    spoil: layerOver(() => '/dev/zero'),
  },
  'a qcow2 layer over itself': {
    outcome: 'backing-file-unclear',
    says: /more than 16 layers/,
    spoil: onlyHeader(
      () => qcow2Header({}, 'guest.img.qcow2').fill('qcow2', 112, 117).fill(5, 111, 112),
      'qcow2',
    ),
  },
  'a qcow2 image whose data is elsewhere': {
    outcome: 'backing-file-unclear',
    says: /data is in another file/,
    spoil: onlyHeader(
      (canary) =>
        qcow2Header(
          { 72: Buffer.from('0000000000000004', 'hex'), 104: Buffer.from('44415441', 'hex') },
          canary,
        ),
      'qcow2',
    ),
  },
  'a qcow2 image of huge clusters': {
    outcome: 'image-unreadable',
    spoil: asQcow2(20, Buffer.from('0000003f', 'hex')),
  },
  'a qcow2 image of an exabyte': {
    outcome: 'image-unreadable',
    spoil: asQcow2(24, Buffer.from('0fffffffffffffff', 'hex')),
  },
  'a qcow2 image with a huge table': { outcome: 'image-unreadable', spoil: asQcow2(36, max4) },
  'a qcow2 image with tables behind its end': {
    outcome: 'image-unreadable',
    spoil: asQcow2(40, Buffer.concat([max8, max8, max4])),
  },
  'a qcow2 image with a billion snapshots': { outcome: 'image-unreadable', spoil: asQcow2(60, max4) },
  'a qcow2 image with a long header': { outcome: 'image-unreadable', spoil: asQcow2(100, max4) },
  'a VHD with absurd footers': { outcome: 'image-unreadable', spoil: asVhd([-512 + 48, max8], [48, max8]) },
  'a VHD with an absurd table': {
    outcome: 'image-unreadable',
    spoil: asVhd([512 + 16, max8], [512 + 28, max4]),
  },
  'a VHD with blocks of nothing': { outcome: 'image-unreadable', spoil: asVhd([512 + 32, Buffer.alloc(4)]) },
};

let baseFolder: string;
let base: string;
test.before(async () => {
  baseFolder = await mkdtemp('/var/tmp/convert-image-test-');
  base = await prepareTinyGuests(baseFolder);
});
test.after.always(() => rm(baseFolder, { recursive: true, force: true }));

for (const [title, disk] of Object.entries(disks)) {
  test(title, async (t) => {
    t.timeout(600_000);
    const folder = await testFolder(t);
    const image = join(folder, 'guest.img');
    const canary = await makeCanary(folder);
    await makeTinyGuest(base, image, {}, disk.fileSystem);
    await copyFile(image, join(folder, 'unspoilt'));
    const given = await disk.spoil(image, canary);
    const spoilt = typeof given === 'string' ? given : image;
    await rm(join(folder, 'unspoilt'));
    await meetsItsFate(t, { folder, image: spoilt }, disk);
  });
}
