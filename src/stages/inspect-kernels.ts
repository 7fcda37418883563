import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { namesIn, nodeAt } from '../guest-files/guest-tree.js';
import { initramfsOf } from '../guest-files/initramfs-path.js';
import { readKernelConfig } from '../guest-files/kernel-config.js';
import type { GuestTree, InitramfsFacts, Kernel, KernelImageFacts } from '../model.js';
import { readCopy } from './read-copy.js';
import { readInitramfs } from './read-initramfs.js';
import { readKernelImage } from './read-kernel-image.js';

/** Where files of the guest are put to be read, and what was read of which content before, by path and SHA-256. */
export interface Desk {
  readonly scratch: string;
  readonly readings: Map<string, Promise<unknown>>;
}

/** Reading an image or an initramfs takes a tenth of a second; a guest has a few, and nobody boots the rest. */
const maximumKernels = 8;

/**
 * Larger files are no such thing: Debian's kernels have 8 MB, its initramfs of all drivers and firmware 200 MB. A
 * hostile guest's sparse files would take their time, and this host's disk, to be copied.
 */
const mostBytes = {
  config: 4 * 1024 * 1024,
  image: 128 * 1024 * 1024,
  initramfs: 512 * 1024 * 1024,
} as const;

/** The kernels in /boot, newest first, and whether each can boot as PV. */
export async function inspectKernels(access: GuestAccess, tree: GuestTree, desk: Desk): Promise<Kernel[]> {
  const names = namesIn(tree, '/boot')
    .filter((name) => /^vmlinu[xz]-[\w.+~-]+$/.test(name))
    .filter((name) => nodeAt(tree, `/boot/${name}`)?.kind === 'unread')
    .sort(byVersion)
    .slice(0, maximumKernels);
  const kernels: Kernel[] = [];
  for (const name of names) kernels.push(await inspectKernel(access, tree, name, desk));
  return kernels;
}

/** Newest first. Digits count as numbers: 6.1.0-56 is newer than 6.1.0-9. */
function byVersion(one: string, other: string): number {
  return other.localeCompare(one, 'en', { numeric: true });
}

async function inspectKernel(
  access: GuestAccess,
  tree: GuestTree,
  name: string,
  desk: Desk,
): Promise<Kernel> {
  const version = name.replace(/^vmlinu[xz]-/, '');
  const copyOf = <T>(path: string, read: (copy: string) => Promise<T>) => withCopy(access, path, desk, read);
  const sizeOf = (path: string): number => {
    const node = nodeAt(tree, path);
    return node?.kind === 'unread' ? node.bytes : Number.POSITIVE_INFINITY;
  };
  const configPath = `/boot/config-${version}`;
  const config =
    sizeOf(configPath) <= mostBytes.config
      ? await copyOf(configPath, async (copy) =>
          readKernelConfig((await readCopy(copy, configPath)).toString('latin1')),
        )
      : undefined;
  const kernel: Kernel = { version, path: `/boot/${name}`, ...(config === undefined ? {} : { config }) };
  if (config?.pv === false) return kernel;
  const initramfsPath = initramfsOf(tree, version);
  // Both are decompressed by programs of their own, side by side.
  const [image, initramfs] = await Promise.all([
    sizeOf(kernel.path) > mostBytes.image
      ? noKernel(sizeOf(kernel.path))
      : copyOf(kernel.path, readKernelImage),
    initramfsPath === undefined
      ? undefined
      : sizeOf(initramfsPath) > mostBytes.initramfs
        ? noInitramfs(initramfsPath, sizeOf(initramfsPath))
        : copyOf(initramfsPath, (copy) => readInitramfs(copy, initramfsPath)),
  ]);
  return { ...kernel, image, ...(initramfs === undefined ? {} : { initramfs }) };
}

const noKernel = (bytes: number): KernelImageFacts => ({
  compression: 'unknown',
  pv: false,
  reason: `it has ${bytes} bytes, more than any kernel`,
});

const noInitramfs = (path: string, bytes: number): InitramfsFacts => ({
  path,
  modules: [],
  texts: new Map(),
  damage: `it has ${bytes} bytes, more than any initramfs`,
});

async function withCopy<T>(
  access: GuestAccess,
  path: string,
  { scratch, readings }: Desk,
  read: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = join(scratch, `copy-of-${basename(path)}`);
  await access.download(path, copy);
  try {
    const key = `${path} ${await contentHash(copy)}`;
    const reading = readings.get(key) ?? read(copy);
    readings.set(key, reading);
    return (await reading) as T;
  } finally {
    await rm(copy, { force: true });
  }
}

async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}
