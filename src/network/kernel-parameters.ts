import { readExtlinuxAsPygrub, readMenuAsPygrub } from '../boot-loaders/pygrub.js';
import { textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';

/** The menus of other boot loaders, in the order in which pygrub looks for them (behind grub.cfg). */
const otherMenus = [
  ['/boot/extlinux/extlinux.conf', readExtlinuxAsPygrub],
  ['/boot/extlinux.conf', readExtlinuxAsPygrub],
  ['/extlinux.conf', readExtlinuxAsPygrub],
  ['/boot/grub/menu.lst', readMenuAsPygrub],
  ['/boot/grub/grub.conf', readMenuAsPygrub],
] as const;

/**
 * The command line that the guest's boot loader gives to Linux: from the first `linux` line of grub.cfg, else from the
 * default entry of another menu, else from GRUB_CMDLINE_LINUX and …_DEFAULT of /etc/default/grub, of which grub.cfg is
 * made. Empty when none says anything.
 */
export function bootedCommandLine(tree: GuestTree): string {
  const menu = textAt(tree, '/boot/grub/grub.cfg') ?? '';
  const entry = /^[ \t]*linux(?:16|efi)?[ \t]+[^ \t\n]+([^\n]*)$/m.exec(menu);
  return entry?.[1]?.trim() ?? commandLineOfMenu(tree) ?? configuredCommandLine(tree);
}

function commandLineOfMenu(tree: GuestTree): string | undefined {
  for (const [path, read] of otherMenus) {
    const text = textAt(tree, path);
    const choice = text === undefined ? undefined : read(text);
    if (choice?.kind === 'boots') return choice.commandLine.trim();
  }
  return undefined;
}

/** What the next `update-grub` will write behind `linux`, as far as /etc/default/grub alone says it. */
export function configuredCommandLine(tree: GuestTree): string {
  const text = textAt(tree, '/etc/default/grub') ?? '';
  const values = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'].map((key) => lastAssignment(text, key));
  return values.filter((value) => value !== '').join(' ');
}

/**
 * The value of a kernel parameter that systemd reads: the last one counts, `-` and `_` are the same in a key.
 * Empty for a parameter without value, undefined when it isn't there.
 */
export function kernelParameter(commandLine: string, key: string): string | undefined {
  const wanted = key.replaceAll('_', '-');
  let found: string | undefined;
  for (const word of commandLine.split(/[ \t]+/)) {
    const [name = '', value = ''] = splitAtEquals(word);
    if (name.replaceAll('_', '-') === wanted) found = value;
  }
  return found;
}

const splitAtEquals = (word: string): [string, string] => {
  const at = word.indexOf('=');
  return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
};

function lastAssignment(text: string, key: string): string {
  const lines = text.split('\n').filter((line) => line.trimStart().startsWith(`${key}=`));
  const value =
    lines
      .at(-1)
      ?.trimStart()
      .slice(key.length + 1)
      .trim() ?? '';
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
