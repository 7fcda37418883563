import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A block device's number as sysfs writes it, `253:7`, out of stat's (glibc's gnu_dev_major and gnu_dev_minor). */
export function deviceNumber(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

/**
 * What a block device is a part of or made of, as names that can be compared: a partition of its disk, a mapped device
 * (a partition of an image too) of those below it, a loop device of its file. `file 8:1:1234` is a file, `device 8:0` a
 * block device. Only what sysfs tells; the device itself is not among them.
 */
export async function layersUnder(device: string, sysfs = '/sys'): Promise<string[]> {
  const folder = await realpath(join(sysfs, 'dev/block', device)).catch(() => undefined);
  if (folder === undefined) return [];
  const below = [...(await slavesOf(folder)), ...(await diskOf(folder))];
  const further = await Promise.all(below.map((one) => layersUnder(one, sysfs)));
  return [...below.map((one) => `device ${one}`), ...further.flat(), ...(await fileBehind(folder))];
}

async function slavesOf(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'slaves')).catch(() => []);
  return Promise.all(names.map((name) => readLine(join(folder, 'slaves', name, 'dev'))));
}

/** A partition's folder is inside its disk's. */
async function diskOf(folder: string): Promise<string[]> {
  if ((await readLine(join(folder, 'partition'))) === '') return [];
  return [await readLine(join(dirname(folder), 'dev'))];
}

async function fileBehind(folder: string): Promise<string[]> {
  const path = await readLine(join(folder, 'loop/backing_file'));
  const found = path === '' ? undefined : await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return [];
  return [found.isBlockDevice() ? `device ${deviceNumber(found.rdev)}` : `file ${found.dev}:${found.ino}`];
}

const readLine = async (path: string): Promise<string> =>
  (await readFile(path, 'utf8').catch(() => '')).replace(/\n$/, '');
