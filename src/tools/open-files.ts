import { readdir, readFile, stat } from 'node:fs/promises';

/**
 * The processes, loop devices and mounts that hold a file or block device open for writing, each in words. QEMU's image
 * locks don't show programs that aren't QEMU. Without root only the own processes can be seen.
 */
export async function writersOf(path: string): Promise<string[]> {
  const target = await stat(path, { bigint: true });
  const users = await loopDevicesOn(path);
  for (const pid of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    if (await isWriter(pid, target)) users.push(`process ${pid} (${await nameOf(pid)})`);
  }
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
async function loopDevicesOn(path: string): Promise<string[]> {
  const names = (await readdir('/sys/block').catch(() => [])).filter((name) => name.startsWith('loop'));
  const users: string[] = [];
  for (const name of names) {
    const backing = (await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')).trim();
    if (backing === path) users.push(`/dev/${name}`);
  }
  return users;
}
