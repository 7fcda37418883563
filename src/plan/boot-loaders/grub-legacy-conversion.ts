import {
  completeMenuCommandLines,
  mapMenuCommandLines,
} from '../../boot-loaders/grub-legacy-command-lines.js';
import { setInDomU, setMenuTimeout } from '../../boot-loaders/grub-legacy-edit.js';
import { addKernelEntries } from '../../boot-loaders/grub-legacy-entries.js';
import { hasOption, patchUpdateGrub } from '../../boot-loaders/update-grub-patch.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts } from '../../model.js';
import { addArguments, extraArguments } from '../extra-arguments.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { withDefault } from './grub-legacy-default.js';
import { menuKernels, type Place } from './grub-legacy-kernels.js';
import { textEdit } from './menu-result.js';

const updateGrubPath = '/usr/sbin/update-grub';

/** The menu with command lines for PV, kernels listed as on Xen, and a PV kernel as the default that stays. */
export function convertMenuText(facts: Facts, menu: string, text: string): string {
  const mapped = setMenuTimeout(withOptions(facts, text));
  const place: Place = { facts, menu };
  const listed = addKernelEntries(mapped, menuKernels(place, mapped), {
    title: facts.release.id === 'ubuntu' ? facts.release.name : 'Debian GNU/Linux',
  });
  return withDefault(place, listed);
}

/** Command lines and update-grub's options only, for a menu that isn't the one that decides. */
export function withOptions(facts: Facts, text: string): string {
  const extra = extraArguments(facts);
  const mapped = mapMenuCommandLines(text, pvCommandLineMap(facts));
  const completed = completeMenuCommandLines(mapped, (line) => addArguments(line, extra));
  return setInDomU(completed, (name) => hasOption(textAt(facts.tree, updateGrubPath) ?? '', name));
}

/** The origin page's patch, where the guest's update-grub is one that needs it. */
export function updateGrubEdits({ tree }: Facts): Edit[] {
  const script = textAt(tree, updateGrubPath);
  if (script === undefined || patchUpdateGrub(script) === script) return [];
  const reason = 'this update-grub leaves out the kernels for Xen while it does not run on one';
  return [textEdit(updateGrubPath, patchUpdateGrub(script), reason)];
}
