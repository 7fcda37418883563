import { chmod, chown, mkdir, readdir, statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';

/** Mounts an empty tmpfs until the test ends. `size` is what mount(8) takes: `1m`. */
export async function smallDisk(t: ExecutionContext, path: string, size: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await execa`mount -t tmpfs -o ${`size=${size}`} tmpfs ${path}`;
  t.teardown(() => execa`umount --lazy ${path}`);
  return path;
}

/** Fills a file system up, except for some bytes. */
export async function fillUp(path: string, freeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  await execa`fallocate -l ${bavail * bsize - freeBytes} ${join(path, 'filler')}`;
}

/** A PATH with every program of this host but these. */
export async function pathWithout(folder: string, missing: readonly string[]): Promise<string> {
  const path = join(folder, 'programs');
  await mkdir(path);
  const known = new Set(missing);
  for (const directory of (process.env.PATH ?? '').split(':')) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (known.has(name)) continue;
      known.add(name);
      await symlink(join(directory, name), join(path, name));
    }
  }
  return path;
}

/** The user nobody. */
export const nobody = 65_534;

/**
 * Makes a test's folder usable for nobody, and gives the command that runs another one as nobody. The checkout gets a
 * second place, since it may lie below a directory that only root may enter.
 */
export async function asNobody(folder: string): Promise<string[]> {
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'state'));
  await chown(join(folder, 'state'), nobody, nobody);
  const script =
    'mount --bind "$PWD" /mnt && cd /mnt && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}
