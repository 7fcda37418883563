import { type Menu, type MenuEntry, parseMenu } from '../../boot-loaders/grub-legacy.js';
import { isInDomUMenu } from '../../boot-loaders/grub-legacy-edit.js';
import type { MenuKernel } from '../../boot-loaders/grub-legacy-entries.js';
import { withoutDisk } from '../../boot-loaders/without-disk.js';
import { nodeAt } from '../../guest-files/guest-tree.js';
import { initramfsOf } from '../../guest-files/initramfs-path.js';
import type { Facts, Kernel } from '../../model.js';
import { bootablePvKernels } from '../pv-kernels.js';
import { guestPath, kernelAt, menuPath } from './entry-checks.js';

/** A menu.lst of a guest, by its path. */
export interface Place {
  readonly facts: Facts;
  readonly menu: string;
}

/** The guest's kernels as its menu names them, newest first, with those marked that update-grub will list on Xen. */
export function menuKernels(place: Place, text: string): MenuKernel[] {
  const menu = parseMenu(text);
  const forXenOnly = isInDomUMenu(menu);
  const able = bootablePvKernels(place.facts);
  return place.facts.kernels.map((kernel) => ({
    ...menuKernel(place, menu, kernel),
    isListed: !forXenOnly || able.includes(kernel),
  }));
}

/** One kernel as the menu names it. */
export function menuKernel(place: Place, menu: Menu, kernel: Kernel): MenuKernel {
  const inMenu = (path: string) => menuPath(place.facts, place.menu, path);
  const initramfs = initramfsPath(place, menu, kernel);
  return {
    version: kernel.version,
    isListed: true,
    kernel: inMenu(kernel.path),
    initramfs: initramfs === undefined ? undefined : inMenu(initramfs),
  };
}

/**
 * Of kernels that can't boot as PV the facts know no initramfs, but as HVM they need theirs: it is what the menu's own
 * entry of that kernel loads, or what has its name.
 */
function initramfsPath({ facts, menu: at }: Place, menu: Menu, kernel: Kernel): string | undefined {
  const own = menu.entries.flatMap((entry) =>
    entry.initramfs !== undefined && kernelOf({ facts, menu: at }, entry) === kernel
      ? [guestPath(facts, at, withoutDisk(entry.initramfs))]
      : [],
  );
  const [present] = own.filter((path) => nodeAt(facts.tree, path) !== undefined);
  return kernel.initramfs?.path ?? present ?? initramfsOf(facts.tree, kernel.version) ?? own[0];
}

/** The guest's kernel that this entry loads; undefined for entries of a hypervisor, too. */
export const kernelOf = ({ facts, menu }: Place, { linux, isHypervisor }: MenuEntry): Kernel | undefined =>
  linux === undefined || isHypervisor
    ? undefined
    : kernelAt(facts, guestPath(facts, menu, withoutDisk(linux.kernel)));

/** A xenlinux kernel boots on Xen only. */
export const bootsAsHvm = ({ config }: Kernel): boolean => config?.xenOnly !== true;
