import { textAt } from '../../guest-files/guest-tree.js';
import { mapAssignments, setAssignment } from '../../guest-files/key-value.js';
import type { Edit, Facts, Notice } from '../../model.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { textEdit } from './menu-result.js';

/** What writes the menu in the guest. */
const generators = [
  { path: '/etc/default/extlinux', prefix: 'EXTLINUX', program: 'extlinux-update' },
  { path: '/etc/default/u-boot', prefix: 'U_BOOT', program: 'u-boot-update' },
] as const;

/** These programs write LINUX and INITRD, which pygrub doesn't know, so they must not write the menu any more. */
export function generatorEdits(facts: Facts): Edit[] {
  return generators.flatMap(({ path, prefix, program }) => {
    const text = textAt(facts.tree, path);
    if (text === undefined) return [];
    const names = new Set([`${prefix}_PARAMETERS`, `${prefix}_ROOT`]);
    const after = setAssignment(
      mapAssignments(text, names, pvCommandLineMap(facts)),
      `${prefix}_UPDATE`,
      'false',
    );
    return after === text
      ? []
      : [textEdit(path, after, `${program} writes entries that pygrub does not understand`)];
  });
}

/** What that means for the guest's next kernel. */
export const generatorNotices = ({ tree }: Facts): Notice[] =>
  generators
    .filter(({ path }) => textAt(tree, path) !== undefined)
    .map(({ path, program }) => ({
      code: 'boot-menu-by-hand',
      message: `${program} is turned off (${path}): after a new kernel, the menu needs a KERNEL and an APPEND line by hand`,
    }));
