import { join } from 'node:path';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { readPackages } from '../guest-files/dpkg-status.js';
import { nodeAt } from '../guest-files/guest-tree.js';
import { initSystemOf, systemdVersionIn } from '../guest-files/init-system.js';
import type { DiskLayout, Facts, GuestTree, Mount, Problem } from '../model.js';
import { readRelease } from '../releases/release.js';
import { findRoot } from './find-root.js';
import { mountsOf } from './guest-mounts.js';
import { type Desk, inspectKernels } from './inspect-kernels.js';
import { readCopy, refuseSize } from './read-copy.js';
import { readElfArchitecture } from './read-elf-architecture.js';

export type Inspection =
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/** The texts that rules read or edit. Everything in them is compared before and after the conversion. */
const wantedTrees = [
  '/etc',
  '/boot/grub',
  '/boot/grub2',
  '/boot/loader',
  '/boot/extlinux',
  '/boot/extlinux.conf',
  '/extlinux',
  '/extlinux.conf',
  '/usr/lib/os-release',
  '/lib/systemd/network',
  '/usr/local/lib/systemd/network',
  '/usr/lib/NetworkManager/conf.d',
  '/usr/lib/NetworkManager/system-connections',
  '/usr/sbin/update-grub',
  '/sbin/init',
  '/var/cache/debconf/config.dat',
];
/** Names and sizes only: `/` for its links into /usr, the others for kernels, packages and systemd's version. */
const wantedListings = [
  '/',
  '/boot',
  '/dev',
  '/lib/systemd',
  '/usr/lib/x86_64-linux-gnu/systemd',
  '/usr/lib/systemd/system-generators',
  '/var/lib/dpkg',
];

const dpkgStatus = '/var/lib/dpkg/status';
/** Of a large system it has some 10 MB. */
const mostStatusBytes = 32 * 1024 * 1024;

/** Reads the guest's facts, all read-only. Refuses a disk without exactly one system on it. */
export async function inspect(access: GuestAccess, desk: Desk): Promise<Inspection> {
  const layout = await access.layout();
  const root = await findRoot(access, layout);
  if (root.kind === 'refusal') return root;
  const { mounts, problems } = mountsOf(root.tree, layout, root.mount);
  if (problems.length > 0) return { kind: 'refusal', problems };
  await access.mount(mounts, 'read-only');
  return { kind: 'facts', facts: await readFacts(access, layout, mounts, desk) };
}

async function readFacts(
  access: GuestAccess,
  layout: DiskLayout,
  mounts: readonly Mount[],
  desk: Desk,
): Promise<Facts> {
  const tree = await access.snapshot({ trees: wantedTrees, listings: wantedListings });
  const packages = await installedPackages(access, tree, desk.scratch);
  const release = readRelease(tree) ?? {
    id: 'unknown',
    version: '',
    codename: '',
    name: 'an unnamed system',
  };
  const systemdVersion = systemdVersionIn(tree, packages);
  return {
    layout,
    mounts,
    release,
    architecture: await architectureOf(access, desk.scratch),
    initSystem: initSystemOf(tree, packages),
    ...(systemdVersion === undefined ? {} : { systemdVersion }),
    kernels: await inspectKernels(access, tree, desk),
    packages,
    tree,
  };
}

/** A guest without dpkg's list of packages is none that this tool converts; the release says so. */
async function installedPackages(
  access: GuestAccess,
  tree: GuestTree,
  scratch: string,
): Promise<Map<string, string>> {
  const node = nodeAt(tree, dpkgStatus);
  if (node?.kind === 'unread') refuseSize(dpkgStatus, node.bytes, mostStatusBytes);
  const copy = join(scratch, 'dpkg-status');
  try {
    await access.download(dpkgStatus, copy);
  } catch {
    return new Map();
  }
  return readPackages((await readCopy(copy, dpkgStatus, mostStatusBytes)).toString('latin1'));
}

/** A shell that holds everything, as busybox does, has 2 MB. */
const mostShellBytes = 64 * 1024 * 1024;

/** By the shell's ELF header: a 64-bit kernel under 32-bit programs is common, so the kernel doesn't tell. */
async function architectureOf(access: GuestAccess, scratch: string): Promise<string> {
  const copy = join(scratch, 'shell');
  try {
    await access.download('/bin/sh', copy, mostShellBytes);
  } catch {
    return 'unknown';
  }
  return readElfArchitecture(copy);
}
