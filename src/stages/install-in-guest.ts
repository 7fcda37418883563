import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Context } from '../context.js';
import { ToolError } from '../errors.js';
import { type Chroot, withChroot } from '../guest-access/appliance/chroot.js';
import { workScripts } from '../guest-access/appliance/chroot-script.js';
import { makeWorkDisk } from '../guest-access/appliance/work-disk.js';
import { namesIn, textAt } from '../guest-files/guest-tree.js';
import { sourceAssignments } from '../guest-files/key-value.js';
import type { Facts, GuestTree, Overlay, PackageStep } from '../model.js';
import { packageRefusals } from '../plan/package-refusals.js';
import { rememberedKvm } from '../state/host-memory.js';
import { contentsOf, type PackagedFile } from '../tools/dpkg-deb.js';
import { repackUncompressed } from '../tools/repack-deb.js';
import type { FetchedPackage } from './fetch-packages.js';
import { type SpaceNeed, shortagesIn, spaceNeeds } from './package-space.js';
import type { PackageRefusal } from './resolve-packages.js';

export interface GuestOnOverlay {
  readonly overlay: Overlay;
  readonly facts: Facts;
  readonly step: PackageStep;
}

export type Installed = { readonly kind: 'installed' } | PackageRefusal;

/** Installs package files of this host in the guest, offline, once it is certain that they fit into it. */
export async function installFiles(
  guest: GuestOnOverlay,
  files: readonly FetchedPackage[],
  scratch: string,
  context: Context,
): Promise<Installed> {
  const { signal, emit } = context;
  const folder = join(scratch, 'work-disk');
  await mkdir(join(folder, 'packages'), { recursive: true });
  emit({ type: 'progress', stage: 'install', detail: 'decompressing the packages' });
  const contents: PackagedFile[] = [];
  let bytes = 0;
  for (const { path } of files) {
    const plain = join(folder, 'packages', basename(path));
    await repackUncompressed(path, plain, signal);
    await rm(path);
    contents.push(...(await contentsOf(plain, signal)));
    bytes += (await stat(plain)).size;
  }
  await writeFile(join(folder, 'order'), lines(files.map(({ path }) => basename(path))));
  const dependencies = files.filter(({ isDependency }) => isDependency);
  await writeFile(join(folder, 'automatic'), lines(dependencies.map(({ name }) => name)));
  const needs = spaceNeeds(contents, guest.facts.mounts, guest.facts.tree);
  return inChroot(guest, { folder, bytes, from: 'files', needs }, scratch, context);
}

/** Lets the guest's own apt fetch and install, over the appliance's network. */
export async function installFromNetwork(
  guest: GuestOnOverlay,
  scratch: string,
  context: Context,
): Promise<Installed> {
  const folder = join(scratch, 'work-disk');
  await mkdir(folder, { recursive: true });
  const { packages, alternatives = [] } = guest.step;
  await writeFile(join(folder, 'order'), lines([packages, ...alternatives].map((names) => names.join(' '))));
  return inChroot(guest, { folder, bytes: 0, from: 'network', needs: [] }, scratch, context);
}

const lines = (words: readonly string[]): string => words.map((word) => `${word}\n`).join('');

interface Work {
  readonly folder: string;
  readonly bytes: number;
  readonly from: 'files' | 'network';
  readonly needs: readonly SpaceNeed[];
}

async function inChroot(
  { overlay, facts, step }: GuestOnOverlay,
  { folder, bytes, from, needs }: Work,
  scratch: string,
  context: Context,
): Promise<Installed> {
  const { signal } = context;
  const workDisk = join(scratch, 'work-disk.img');
  const scripts = workScripts({ from, needsManyModules: buildsForItsHardware(facts.tree) });
  await makeWorkDisk(workDisk, folder, scripts, bytes, signal);
  await rm(folder, { recursive: true });
  context.emit({ type: 'progress', stage: 'install', detail: 'starting the appliance' });
  const { works: kvm } = await rememberedKvm(context.stateDirectory);
  const network = from === 'network';
  const launch = { overlay: overlay.path, workDisk, mounts: facts.mounts, network, scratch, kvm, signal };
  const result = await withChroot(launch, async (chroot): Promise<Installed> => {
    const shortages = shortagesIn(needs, await freeSpace(chroot, needs));
    if (shortages.length > 0) {
      return { kind: 'refusal', problems: [packageRefusals['no-space'](shortages)] };
    }
    await runIn(chroot, step, context);
    return { kind: 'installed' };
  });
  await rm(workDisk, { force: true });
  return result;
}

async function freeSpace(chroot: Chroot, needs: readonly SpaceNeed[]) {
  const free = new Map<string, { bytes: number; files: number }>();
  for (const { mount } of needs) free.set(mount, await chroot.space(mount));
  return free;
}

/** MODULES=dep, alone or in conf.d (initramfs.conf(5)). */
function buildsForItsHardware(tree: GuestTree): boolean {
  const folder = '/etc/initramfs-tools/conf.d';
  const paths = namesIn(tree, folder).map((name) => `${folder}/${name}`);
  const texts = ['/etc/initramfs-tools/initramfs.conf', ...paths].map((path) => textAt(tree, path) ?? '');
  const modules = sourceAssignments(texts)('MODULES');
  return modules !== '' && modules !== 'most';
}

/** What is worth a line of progress: dpkg's steps and those of the kernel's hooks. */
const milestones =
  /^(Unpacking|Setting up|Processing triggers|update-initramfs:|dracut:|Generating grub|Found linux image|Get:\d)/;
const linesInError = 12;

async function runIn(chroot: Chroot, { packages }: PackageStep, { emit }: Context): Promise<void> {
  const tail: string[] = [];
  const exitCode = await chroot.run((line) => {
    tail.push(line);
    if (tail.length > linesInError) tail.shift();
    if (milestones.test(line)) emit({ type: 'progress', stage: 'install', detail: line });
  });
  if (exitCode === 0) return;
  const said = tail.filter((line) => line.trim() !== '').join('\n');
  throw new ToolError(`${packages.join(', ')} can't be installed in the guest; its last words:\n${said}`, {
    remedy: 'the guest itself may show why: install the packages there, or try others with --kernel PACKAGE',
  });
}
