import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface Places {
  readonly dev?: string;
  readonly sysfs?: string;
}

/**
 * The name by which a block device is found again after the next boot: `/dev/mapper/vg-root` for the logical volume
 * `/dev/dm-3`, whose number goes to whichever volume is activated fourth (sysfs: class/block/dm-3/dm/name), and what udev
 * calls `/dev/sdb` by its serial number. Any other path, and a device without such a name, comes back as it is.
 */
export async function stableDevicePath(
  path: string,
  { dev = '/dev', sysfs = '/sys' }: Places = {},
): Promise<string> {
  if (dirname(path) !== dev) return path;
  const name = basename(path);
  return (/^dm-\d+$/.test(name) ? await mapperName(path, dev, sysfs) : await nameById(path, dev)) ?? path;
}

async function mapperName(path: string, dev: string, sysfs: string): Promise<string | undefined> {
  const number = basename(path);
  const text = await readFile(join(sysfs, 'class/block', number, 'dm/name'), 'utf8').catch(() => '');
  const named = join(dev, 'mapper', text.replace(/\n$/, ''));
  const leadsTo = await realpath(named).catch(() => undefined);
  return leadsTo === path ? named : undefined;
}

/** The first of udev's names, in their order (60-persistent-storage.rules). */
async function nameById(path: string, dev: string): Promise<string | undefined> {
  const folder = join(dev, 'disk/by-id');
  const names = (await readdir(folder).catch(() => [])).sort();
  for (const name of names) {
    if ((await realpath(join(folder, name)).catch(() => undefined)) === path) return join(folder, name);
  }
  return undefined;
}
