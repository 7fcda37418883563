import { nodeAt } from '../../guest-files/guest-tree.js';
import type { BootWay, GuestTree } from '../../model.js';
import type { BootLoader } from './boot-loader.js';
import { extlinux } from './extlinux.js';
import { grubLegacy } from './grub-legacy.js';
import { grub2 } from './grub2.js';

/** Every boot loader, in the order in which pygrub looks for their menus. */
const bootLoaders: readonly BootLoader[] = [grub2, extlinux, grubLegacy];

interface FoundBootLoader {
  readonly loader: BootLoader;
  /** Path of the menu that is read. */
  readonly menu: string;
}

/** The boot loader whose menu decides, and that menu; undefined when the guest has none that this way reads. */
export function findBootLoader(tree: GuestTree, way: BootWay): FoundBootLoader | undefined {
  const found = bootLoaders
    .filter(({ ways }) => ways.includes(way))
    .flatMap((loader) => loader.menus.map((menu) => ({ loader, menu })));
  return found.find(({ menu }) => nodeAt(tree, menu) !== undefined);
}
