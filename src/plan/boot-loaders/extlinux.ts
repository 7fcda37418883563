import { type ExtlinuxEntry, extlinuxDefault, lastOf, parseExtlinux } from '../../boot-loaders/extlinux.js';
import { convertExtlinux, setSetting } from '../../boot-loaders/extlinux-conversion.js';
import { readExtlinuxAsPygrub } from '../../boot-loaders/pygrub.js';
import { textAt } from '../../guest-files/guest-tree.js';
import { mapAssignments, setAssignment } from '../../guest-files/key-value.js';
import type { Edit, Facts, Notice, Problem, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { bootablePvKernels } from '../pv-kernels.js';
import type { BootLoader, BootReading } from './boot-loader.js';
import { choiceProblem, guestPath, kernelAt } from './entry-checks.js';

/** extlinux: entries in the words that pygrub knows, a PV kernel's as the default one. */
export const extlinux: BootLoader = {
  name: 'extlinux',
  menus: ['/boot/extlinux/extlinux.conf', '/boot/extlinux.conf', '/extlinux/extlinux.conf', '/extlinux.conf'],
  ways: ['pygrub', 'kernel'],
  read: (facts, menu) => read(facts, menu, textAt(facts.tree, menu)),
  convert: (facts, menu) => {
    const text = textAt(facts.tree, menu);
    return text === undefined ? refusal(unreadFile(menu)) : convert(facts, menu, text);
  },
};

const refusal = (problem: Problem): RuleResult => ({ edits: [], problems: [problem], notices: [] });

const unreadFile = (menu: string): Problem =>
  bootRefusals['unreadable-by-pygrub']('it is not a regular file of less than 4 MiB', menu);

function read(facts: Facts, menu: string, text: string | undefined): BootReading {
  const choice = text === undefined ? undefined : readExtlinuxAsPygrub(text);
  if (choice === undefined) return { kind: 'refuses', problem: unreadFile(menu) };
  if (choice.kind === 'refuses') {
    return { kind: 'refuses', problem: bootRefusals['unreadable-by-pygrub'](choice.reason, menu) };
  }
  const { title, kernel, initramfs, commandLine } = choice;
  const paths = initramfs === undefined ? {} : { initramfs: guestPath(facts, menu, initramfs) };
  const words = commandLine.trim();
  return {
    kind: 'boots',
    choice: { title, kernel: guestPath(facts, menu, kernel), commandLine: words, ...paths },
  };
}

function convert(facts: Facts, menu: string, text: string): RuleResult {
  if (parseExtlinux(text).entries.length === 0) return refusal(bootRefusals['no-linux-entries'](menu));
  const folder = folderOf(facts, menu);
  const after = withDefault(facts, menu, convertExtlinux(text, folder, pvCommandLineMap(facts)));
  const reading = read(facts, menu, after);
  if (reading.kind === 'refuses') return refusal(reading.problem);
  const problem = choiceProblem(facts, reading.choice);
  if (problem !== undefined) return refusal(problem);
  const edits = after === text ? [] : [edit(menu, after, menuReason)];
  return { edits: [...edits, ...generatorEdits(facts)], problems: [], notices: generatorNotices(facts) };
}

const menuReason =
  'pygrub and extlinux boot the same PV kernel, with the console and the device names that exist under PV';

const edit = (path: string, text: string, reason: string): Edit => ({
  path,
  node: { kind: 'file', text },
  reason,
});

/** The menu's own folder, from the file system's root. */
function folderOf(facts: Facts, menu: string): string {
  const root = guestPath(facts, menu, '/').replace(/\/$/, '');
  return menu.slice(root.length, menu.lastIndexOf('/'));
}

/** DEFAULT names a PV kernel's entry, which extlinux and pygrub then agree on. */
function withDefault(facts: Facts, menu: string, text: string): string {
  const config = parseExtlinux(text);
  const able = bootablePvKernels(facts);
  const isPv = ({ commands }: ExtlinuxEntry): boolean => {
    const path = lastOf(commands, 'kernel')?.argument ?? '';
    const kernel = kernelAt(facts, guestPath(facts, menu, path));
    return kernel !== undefined && able.includes(kernel);
  };
  const now = extlinuxDefault(config);
  const chosen = now !== undefined && isPv(now) ? now : config.entries.find(isPv);
  if (chosen === undefined || (now === chosen && readsAs(text, chosen.label))) return text;
  const named = setSetting(text, 'default', chosen.label);
  const hasTimeoutEntry = lastOf(config.settings, 'ontimeout') !== undefined;
  return hasTimeoutEntry ? setSetting(named, 'ontimeout', chosen.label) : named;
}

function readsAs(text: string, label: string): boolean {
  const choice = readExtlinuxAsPygrub(text);
  return choice.kind === 'boots' && choice.title === label;
}

// ------------------------------------------------------------------------------------- what writes the menu in the guest

const generators = [
  { path: '/etc/default/extlinux', prefix: 'EXTLINUX', program: 'extlinux-update' },
  { path: '/etc/default/u-boot', prefix: 'U_BOOT', program: 'u-boot-update' },
] as const;

/** These write LINUX and INITRD, which pygrub doesn't know, so they must not write the menu any more. */
function generatorEdits(facts: Facts): Edit[] {
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
      : [edit(path, after, `${program} writes entries that pygrub does not understand`)];
  });
}

const generatorNotices = ({ tree }: Facts): Notice[] =>
  generators
    .filter(({ path }) => textAt(tree, path) !== undefined)
    .map(({ path, program }) => ({
      code: 'boot-menu-by-hand',
      message: `${program} is turned off (${path}): after a new kernel, the menu needs a KERNEL and an APPEND line by hand`,
    }));
