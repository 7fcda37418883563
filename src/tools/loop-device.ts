import { open } from 'node:fs/promises';
import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { run } from './run.js';

/**
 * Makes a file a block device of this host while `fn` runs, and hands it the device's path. The kernel is told not to
 * look for partitions in it.
 *
 * The device is detached as soon as this process has it open, which takes effect at its last close (losetup(8)): it goes
 * with this process and the domain that has it, however they end.
 */
export async function withLoopDevice<T>(file: string, fn: (device: string) => Promise<T>): Promise<T> {
  const device = await attach(file);
  const held = await open(device, 'r');
  try {
    await losetup(['--detach', device]);
    return await fn(device);
  } finally {
    await held.close();
  }
}

/**
 * losetup follows links by their text, and takes `/proc/<pid>/root` for this process' own root: for a file that only
 * another process' mounts show, it is run among them.
 */
function attach(file: string): Promise<string> {
  const [, pid, path] = /^\/proc\/(\d+)\/root(\/.*)$/.exec(file) ?? [];
  if (pid === undefined || path === undefined) return losetup(['--find', '--show', file]);
  return losetup(['--find', '--show', path], ['nsenter', `--mount=/proc/${pid}/ns/mnt`]);
}

async function losetup(args: readonly string[], prefix: readonly string[] = []): Promise<string> {
  try {
    const { stdout } = await run`${[...prefix, 'losetup', ...args]}`;
    return stdout.trim();
  } catch (error) {
    const detail = error instanceof ExecaError ? String(error.stderr).trim() || error.shortMessage : error;
    throw new ToolError(`no loop device for the disk: ${detail}`, { remedy: 'modprobe loop', cause: error });
  }
}
