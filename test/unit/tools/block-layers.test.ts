import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { deviceNumber, layersUnder } from '../../../src/tools/block-layers.js';

/** Makes what sysfs has of block devices: folders with files, and links to them by number. */
async function inSysfs(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
  fn: (sysfs: string) => Promise<void>,
): Promise<void> {
  await withDir(
    async ({ path: sysfs }) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(sysfs, name)), { recursive: true });
        await writeFile(join(sysfs, name), `${text}\n`);
      }
      for (const [name, target] of Object.entries(links)) {
        await mkdir(dirname(join(sysfs, name)), { recursive: true });
        await symlink(join(sysfs, target), join(sysfs, name));
      }
      await fn(sysfs);
    },
    { unsafeCleanup: true },
  );
}

const sda = 'devices/pci/block/sda';
const files = {
  [`${sda}/dev`]: '8:0',
  [`${sda}/sda2/dev`]: '8:2',
  [`${sda}/sda2/partition`]: '2',
  'devices/virtual/block/dm-0/dev': '253:0',
  'devices/virtual/block/dm-0/dm/name': 'vg-web',
  'devices/virtual/block/dm-1/dev': '253:1',
  'devices/virtual/block/dm-1/dm/name': 'vg-web1',
};
const links = {
  'dev/block/8:0': sda,
  'dev/block/8:2': `${sda}/sda2`,
  'dev/block/253:0': 'devices/virtual/block/dm-0',
  'dev/block/253:1': 'devices/virtual/block/dm-1',
  'devices/virtual/block/dm-0/slaves/sda2': `${sda}/sda2`,
  'devices/virtual/block/dm-1/slaves/dm-0': 'devices/virtual/block/dm-0',
};

test('a partition (by kpartx) of a logical volume on a partition of a disk', async (t) => {
  await inSysfs(files, links, async (sysfs) => {
    t.deepEqual(await layersUnder('253:1', sysfs), ['device 253:0', 'device 8:2', 'device 8:0']);
    t.deepEqual(await layersUnder('8:2', sysfs), ['device 8:0']);
    t.deepEqual(await layersUnder('8:0', sysfs), []);
    t.deepEqual(await layersUnder('9:9', sysfs), []);
  });
});

test('a loop device, of a file whose name has a blank and of one that is gone', async (t) => {
  const places = {
    'dev/block/7:0': 'devices/virtual/block/loop0',
    'dev/block/7:1': 'devices/virtual/block/loop1',
  };
  await withDir(
    async ({ path: folder }) => {
      const image = join(folder, 'a b.raw');
      await writeFile(image, '');
      const { dev, ino } = await stat(image);
      const loops = {
        'devices/virtual/block/loop0/loop/backing_file': image,
        'devices/virtual/block/loop1/loop/backing_file': `${image}.gone (deleted)`,
      };
      await inSysfs(loops, places, async (sysfs) => {
        t.deepEqual(await layersUnder('7:0', sysfs), [`file ${dev}:${ino}`]);
        t.deepEqual(await layersUnder('7:1', sysfs), []);
      });
    },
    { unsafeCleanup: true },
  );
});

for (const [rdev, number] of [
  [0x0802n, '8:2'],
  [0xfd1an, '253:26'],
  [0x10000700n, '7:65536'],
  [0x0ff00fffn | (0x10000n << 32n), '65551:65535'],
] as const) {
  test(`0x${rdev.toString(16)} is ${number}`, (t) => {
    t.is(deviceNumber(rdev), number);
  });
}
