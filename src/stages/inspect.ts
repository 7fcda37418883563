import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { readPackages } from '../guest-files/dpkg-status.js';
import { readFields } from '../guest-files/fields.js';
import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { DiskLayout, Facts, FileSystem, GuestTree, Mount, Problem } from '../model.js';
import { refusals } from '../plan/refusals.js';
import { readRelease, releaseFiles } from '../releases/release.js';
import { type Desk, inspectKernels } from './inspect-kernels.js';
import { readElfArchitecture } from './read-elf-architecture.js';

export type Inspection =
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

/** The texts that rules read or edit. Everything in them is compared before and after the conversion. */
const wantedTrees = ['/etc', '/boot/grub', '/boot/loader', '/usr/lib/os-release', '/sbin/init'];
/** Names only: `/` for its links into /usr, the others for kernels and for systemd's version. */
const wantedListings = [
  '/',
  '/boot',
  '/lib/systemd',
  '/usr/lib/x86_64-linux-gnu/systemd',
  '/usr/lib/systemd/system-generators',
];

/** File systems that a Linux root, /boot, /usr or /var may be on. */
const isMountable = ({ type }: FileSystem): boolean => /^(ext[234]|xfs|btrfs)$/.test(type);

/** Reads the guest's facts, all read-only. Refuses a disk without exactly one system on it. */
export async function inspect(access: GuestAccess, desk: Desk): Promise<Inspection> {
  const layout = await access.layout();
  const root = await findRoot(access, layout);
  if (root.kind === 'refusal') return root;
  const { mounts, problems } = mountsOf(root.tree, layout, root.device);
  if (problems.length > 0) return { kind: 'refusal', problems };
  await access.mount(mounts, 'read-only');
  return { kind: 'facts', facts: await readFacts(access, layout, mounts, desk) };
}

type Root = { kind: 'root'; device: string; tree: GuestTree } | (Inspection & { kind: 'refusal' });

async function findRoot(access: GuestAccess, layout: DiskLayout): Promise<Root> {
  const found: { device: string; tree: GuestTree; name: string }[] = [];
  const candidates = layout.fileSystems.filter(isMountable);
  for (const { device } of candidates) {
    await access.mount([{ device, path: '/' }], 'read-only');
    const tree = await access.snapshot({ trees: [...releaseFiles, '/etc/fstab'], listings: ['/'] });
    const release = readRelease(tree);
    if (release !== undefined) found.push({ device, tree, name: `${release.name} on ${device}` });
  }
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return { kind: 'root', ...first };
  return {
    kind: 'refusal',
    problems: [
      noSingleRoot(
        layout,
        candidates,
        found.map(({ name }) => name),
      ),
    ],
  };
}

function noSingleRoot(
  { fileSystems, partitionTable }: DiskLayout,
  candidates: readonly FileSystem[],
  roots: string[],
): Problem {
  if (roots.length > 1) return refusals['several-systems'](roots);
  const encrypted = fileSystems.filter(({ type }) => type === 'crypto_LUKS').map(({ device }) => device);
  if (encrypted.length > 0) return refusals['encrypted-root'](encrypted);
  const isEmpty = partitionTable === 'none' && fileSystems.every(({ type }) => type === 'unknown');
  if (isEmpty) return refusals['empty-disk']();
  return refusals['no-operating-system'](candidates.map(({ device, type }) => `${device} (${type})`));
}

/** Parts of the system that may have a file system of their own and that the conversion reads. */
const systemMounts = ['/boot', '/usr', '/var'];

function mountsOf(
  tree: GuestTree,
  layout: DiskLayout,
  root: string,
): { mounts: Mount[]; problems: Problem[] } {
  const mounts: Mount[] = [{ device: root, path: '/' }];
  const problems: Problem[] = [];
  for (const [source = '', path = ''] of readFields(textAt(tree, '/etc/fstab') ?? '')) {
    if (!systemMounts.includes(path)) continue;
    const fileSystem = findFileSystem(layout, source);
    if (fileSystem === undefined) problems.push(refusals['missing-file-system'](path, source));
    else mounts.push({ device: fileSystem.device, path });
  }
  return { mounts, problems };
}

/** The file system that a source of fstab(5) means. */
function findFileSystem({ fileSystems }: DiskLayout, source: string): FileSystem | undefined {
  const [, tag, value] = /^(UUID|LABEL|PARTUUID)="?([^"]*)"?$/.exec(source) ?? [];
  const key = { UUID: 'uuid', LABEL: 'label', PARTUUID: 'partitionUuid' } as const;
  if (tag === 'UUID' || tag === 'LABEL' || tag === 'PARTUUID') {
    return fileSystems.find((fileSystem) => fileSystem[key[tag]]?.toLowerCase() === value?.toLowerCase());
  }
  const number = /^\/dev\/(?:hd|sd|vd|xvd)a(\d+)$/.exec(source)?.[1];
  return fileSystems.find(
    ({ device, partition }) => device === source || (number !== undefined && partition === Number(number)),
  );
}

async function readFacts(
  access: GuestAccess,
  layout: DiskLayout,
  mounts: readonly Mount[],
  desk: Desk,
): Promise<Facts> {
  const tree = await access.snapshot({ trees: wantedTrees, listings: wantedListings });
  const packages = await installedPackages(access, desk.scratch);
  const release = readRelease(tree) ?? {
    id: 'unknown',
    version: '',
    codename: '',
    name: 'an unnamed system',
  };
  const systemdVersion = systemdVersionIn(tree);
  return {
    layout,
    mounts,
    release,
    architecture: await architectureOf(access, desk.scratch),
    initSystem: initSystemOf(tree),
    ...(systemdVersion === undefined ? {} : { systemdVersion }),
    kernels: await inspectKernels(access, tree, desk),
    packages,
    tree,
  };
}

/** A guest without dpkg's list of packages is none that this tool converts; the release says so. */
async function installedPackages(access: GuestAccess, scratch: string): Promise<Map<string, string>> {
  const copy = join(scratch, 'dpkg-status');
  try {
    await access.download('/var/lib/dpkg/status', copy);
  } catch {
    return new Map();
  }
  return readPackages(await readFile(copy, 'latin1'));
}

/** By the shell's ELF header: a 64-bit kernel under 32-bit programs is common, so the kernel doesn't tell. */
async function architectureOf(access: GuestAccess, scratch: string): Promise<string> {
  const copy = join(scratch, 'shell');
  try {
    await access.download('/bin/sh', copy);
  } catch {
    return 'unknown';
  }
  return readElfArchitecture(copy);
}

function initSystemOf(tree: GuestTree): Facts['initSystem'] {
  const init = tree.get('/usr/sbin/init') ?? tree.get('/sbin/init');
  if (init?.kind === 'symlink' && init.target.endsWith('/systemd')) return 'systemd';
  if (namesIn(tree, '/etc/init').length > 0) return 'upstart';
  return textAt(tree, '/etc/inittab') === undefined ? 'unknown' : 'sysvinit';
}

/** systemd's private library carries its version in its name: libsystemd-shared-252.so. */
function systemdVersionIn(tree: GuestTree): number | undefined {
  const names = [...namesIn(tree, '/usr/lib/x86_64-linux-gnu/systemd'), ...namesIn(tree, '/lib/systemd')];
  const versions = names
    .map((name) => /^libsystemd-shared-(\d+)/.exec(name)?.[1])
    .filter((version) => version !== undefined);
  return versions.length === 0 ? undefined : Math.max(...versions.map(Number));
}
