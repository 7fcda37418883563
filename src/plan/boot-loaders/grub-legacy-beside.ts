import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts } from '../../model.js';
import { withOptions } from './grub-legacy-conversion.js';
import { textEdit } from './menu-result.js';

/** A menu.lst beside grub.cfg, as cloud images keep it for PV-GRUB, gets the same command lines. */
export function convertMenuBeside(facts: Facts): Edit[] {
  const path = '/boot/grub/menu.lst';
  const text = textAt(facts.tree, path);
  if (text === undefined) return [];
  const after = withOptions(facts, text);
  const reason = 'PV-GRUB reads this menu: its entries have the same console and device names as grub.cfg';
  return after === text ? [] : [textEdit(path, after, reason)];
}
