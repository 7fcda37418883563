import { parseMenu } from '../../boot-loaders/grub-legacy.js';
import { readMenuAsPygrub } from '../../boot-loaders/pygrub.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Facts, Problem, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import type { BootLoader, BootReading } from './boot-loader.js';
import { choiceProblem } from './entry-checks.js';
import { convertMenuText, updateGrubEdits } from './grub-legacy-conversion.js';
import { menuNotices } from './grub-legacy-notices.js';
import { pygrubReading, refusal, textEdit, unreadFile } from './menu-result.js';

/**
 * GRUB legacy (0.97): an entry for every kernel, as update-grub writes them on Xen, a PV kernel's as the default one.
 * A kernel that boots on Xen only is followed by one that boots as HVM, to which GRUB falls back.
 */
export const grubLegacy: BootLoader = {
  name: 'GRUB legacy',
  menus: ['/boot/grub/menu.lst', '/boot/grub/grub.conf'],
  ways: ['pygrub', 'kernel'],
  read: (facts, menu) => read(facts, menu, textAt(facts.tree, menu)),
  convert: (facts, menu) => {
    const text = textAt(facts.tree, menu);
    return text === undefined ? refusal(unreadFile(menu)) : convert(facts, menu, text);
  },
};

const read = (facts: Facts, menu: string, text: string | undefined): BootReading =>
  pygrubReading(facts, menu, text === undefined ? undefined : readMenuAsPygrub(text));

function convert(facts: Facts, menu: string, text: string): RuleResult {
  if (parseMenu(text).entries.length === 0 && parseMenu(text).automatic === undefined) {
    return refusal(bootRefusals['no-linux-entries'](menu));
  }
  const after = convertMenuText(facts, menu, text);
  const problem = menuProblem(facts, menu, after);
  if (problem !== undefined) return refusal(problem);
  return {
    edits: [...(after === text ? [] : [textEdit(menu, after, menuReason)]), ...updateGrubEdits(facts)],
    problems: [],
    notices: menuNotices({ facts, menu }, text, after),
  };
}

const menuReason =
  'a kernel that can boot as PV is the default, with the console and the device names that exist under PV; update-grub writes the same';

/** Why pygrub and GRUB don't boot the same PV kernel by this text; undefined when they do. */
function menuProblem(facts: Facts, menu: string, text: string): Problem | undefined {
  const reading = read(facts, menu, text);
  if (reading.kind === 'refuses') return reading.problem;
  const { choice } = reading;
  const parsed = parseMenu(text);
  const number = parsed.settings.findLast(({ name }) => name === 'default')?.value ?? '0';
  const entry = parsed.entries[Number(number)];
  if (entry?.isHypervisor === true) return bootRefusals['hypervisor-default-entry'](entry.title);
  if (choice.commandLine.endsWith('\\')) {
    const reason = `a line of "${choice.title}" goes on in the next one`;
    return bootRefusals['unreadable-by-pygrub'](reason, menu);
  }
  if (entry?.title !== choice.title) {
    const reason = `GRUB boots "${entry?.title ?? ''}", pygrub "${choice.title}"`;
    return bootRefusals['unreadable-by-pygrub'](reason, menu);
  }
  return choiceProblem(facts, choice);
}
