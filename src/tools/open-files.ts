import { constants } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { isLockedForWriting } from './qemu-img.js';

/**
 * Who would be disturbed when a file or block device is written, each in words: processes that have it open for
 * writing, loop devices, mounts, and a QEMU that only reads it, because its guest relies on the content. Without root
 * only the own processes can be seen.
 */
export async function writersOf(path: string): Promise<string[]> {
  const target = await stat(path, { bigint: true });
  const users = [...(await loopDevicesOn(target)), ...(await claimOn(path, target))];
  for (const pid of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    if (await isWriter(pid, target)) users.push(`process ${pid} (${await nameOf(pid)})`);
  }
  if (users.length === 0 && (await isLockedForWriting(path))) users.push('a QEMU that reads it');
  return users;
}

interface Target {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly rdev: bigint;
  isBlockDevice(): boolean;
}

async function isWriter(pid: string, target: Target): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const found = await stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }).catch(() => undefined);
    if (found === undefined || !isSame(found, target)) continue;
    if (await isOpenForWriting(pid, descriptor)) return true;
  }
  return false;
}

const isSame = (one: Target, other: Target): boolean =>
  other.isBlockDevice()
    ? one.isBlockDevice() && one.rdev === other.rdev
    : one.dev === other.dev && one.ino === other.ino;

/** The last two bits of `flags` are the access mode: 1 is write only, 2 is read and write (proc_pid_fdinfo(5)). */
async function isOpenForWriting(pid: string, descriptor: string): Promise<boolean> {
  const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8').catch(() => '');
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
  return (flags & 3) !== 0;
}

async function nameOf(pid: string): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'latin1').catch(() => 'gone')).trim();
}

/** The kernel itself holds the file behind a loop device; no process shows it. */
async function loopDevicesOn(target: Target): Promise<string[]> {
  const names = (await readdir('/sys/block').catch(() => [])).filter((name) => name.startsWith('loop'));
  const users: string[] = [];
  for (const name of names) {
    const backing = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
    // The file may have another name than the image: a hard link is the same file.
    const found = await stat(backing.replace(/\n$/, ''), { bigint: true }).catch(() => undefined);
    if (found !== undefined && isSame(found, target)) users.push(`/dev/${name}`);
  }
  return users;
}

/**
 * Whether the kernel has claimed a block device or a part of it: as a mount, for LVM or RAID, or for a running domain.
 * O_EXCL without O_CREAT fails then (open(2)).
 */
async function claimOn(path: string, target: Target): Promise<string[]> {
  if (!target.isBlockDevice()) return [];
  try {
    await (await open(path, constants.O_RDONLY | constants.O_EXCL)).close();
    return [];
  } catch (error) {
    const isClaimed = error instanceof Error && 'code' in error && error.code === 'EBUSY';
    return isClaimed ? ['the kernel, for a mount, another device or a running domain'] : [];
  }
}
