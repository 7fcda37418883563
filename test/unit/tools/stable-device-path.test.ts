import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { stableDevicePath } from '../../../src/tools/stable-device-path.js';

/** A /dev with dm-3, its name in sysfs, and the link that udev makes of that. */
async function hostWith(t: ExecutionContext, name: string | undefined, link: string | undefined) {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [dev, sysfs] = [join(folder, 'dev'), join(folder, 'sys')];
  await mkdir(join(dev, 'mapper'), { recursive: true });
  for (const node of ['dm-3', 'dm-4', 'sda']) await writeFile(join(dev, node), '');
  await mkdir(join(sysfs, 'class/block/dm-3/dm'), { recursive: true });
  if (name !== undefined) await writeFile(join(sysfs, 'class/block/dm-3/dm/name'), `${name}\n`);
  if (link !== undefined) await symlink(link, join(dev, 'mapper/vg-root'));
  return { dev, sysfs };
}

const cases: readonly [string, string | undefined, string | undefined, string, string][] = [
  ['a logical volume', 'vg-root', '../dm-3', 'dm-3', 'mapper/vg-root'],
  ['a volume without a name', undefined, '../dm-3', 'dm-3', 'dm-3'],
  ['a volume whose name leads to another', 'vg-root', '../dm-4', 'dm-3', 'dm-3'],
  ['a volume whose name leads nowhere', 'vg-root', undefined, 'dm-3', 'dm-3'],
  ['a name that leads out of the folder', '../dm-4', '../dm-3', 'dm-3', 'dm-3'],
  ['a disk', 'vg-root', '../dm-3', 'sda', 'sda'],
];

for (const [title, name, link, given, expected] of cases) {
  test(title, async (t) => {
    const host = await hostWith(t, name, link);
    t.is(await stableDevicePath(join(host.dev, given), host), join(host.dev, expected));
  });
}

test('a disk that udev knows by its serial number: the first of its names', async (t) => {
  const host = await hostWith(t, undefined, undefined);
  const folder = join(host.dev, 'disk/by-id');
  await mkdir(folder, { recursive: true });
  for (const [name, to] of [
    ['wwn-0x5000', '../../sda'],
    ['ata-DISK_123', '../../sda'],
    ['ata-ANOTHER', '../../dm-4'],
    ['ata-AAA-gone', '../../sdz'],
  ] as const)
    await symlink(to, join(folder, name));
  t.is(await stableDevicePath(join(host.dev, 'sda'), host), join(folder, 'ata-DISK_123'));
});

test('a file that is called like a volume', async (t) => {
  t.is(await stableDevicePath('/srv/dm-3', {}), '/srv/dm-3');
});
