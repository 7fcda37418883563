import { namesIn, nodeAt } from '../../guest-files/guest-tree.js';
import type { Facts, GuestTree, Problem, Request, Rule, RuleResult } from '../../model.js';
import { findBootLoader } from '../boot-loaders/list.js';
import { bootRefusals } from '../boot-refusals.js';
import { bootWay } from '../boot-way.js';

/**
 * The boot loader's menu gets entries that suit PV, and a PV kernel as the one that boots by itself, now and after the
 * guest's next update of the menu. Which boot loader decides is said by who reads its menu: the first that pygrub finds.
 */
export const bootLoaderRule: Rule = { name: 'boot-loader', needsKernel: true, apply };

function apply(facts: Facts, request: Request): RuleResult {
  const way = bootWay(facts, request.boot);
  const found = findBootLoader(facts.tree, way);
  if (found !== undefined) return found.loader.convert(facts, found.menu, way);
  const known = findBootLoader(facts.tree, 'pygrub');
  const problem =
    known === undefined
      ? missingBootLoader(facts.tree)
      : bootRefusals['menu-not-read'](known.loader.name, known.menu);
  return { edits: [], problems: [problem], notices: [] };
}

/** Boot loaders whose menus nobody can read who starts a PV guest. */
const otherBootLoaders = [
  ['/boot/syslinux/syslinux.cfg', 'syslinux'],
  ['/boot/syslinux.cfg', 'syslinux'],
  ['/etc/lilo.conf', 'LILO'],
] as const;

/** Where systemd-boot, kernel-install and unified kernel images keep their entries. */
const entryFolders = [
  '/boot/loader',
  '/boot/efi/loader',
  '/efi/loader',
  '/boot/efi/EFI/Linux',
  '/efi/EFI/Linux',
];

function missingBootLoader(tree: GuestTree): Problem {
  const other = otherBootLoaders.find(([path]) => nodeAt(tree, path) !== undefined);
  if (other !== undefined) return bootRefusals['unsupported-boot-loader'](other[1], other[0]);
  const folder = entryFolders.find((path) => namesIn(tree, path).length > 0);
  return folder === undefined ? bootRefusals['no-boot-loader']() : bootRefusals['uki-or-bls-only'](folder);
}
