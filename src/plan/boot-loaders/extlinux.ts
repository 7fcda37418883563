import { type ExtlinuxEntry, extlinuxDefault, lastOf, parseExtlinux } from '../../boot-loaders/extlinux.js';
import { convertExtlinux, setSetting } from '../../boot-loaders/extlinux-conversion.js';
import { readExtlinuxAsPygrub } from '../../boot-loaders/pygrub.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Facts, Notice, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import { addArguments, extraArguments } from '../extra-arguments.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { bootablePvKernels } from '../pv-kernels.js';
import type { BootLoader, BootReading } from './boot-loader.js';
import { choiceProblem, guestPath, kernelAt } from './entry-checks.js';
import { generatorEdits, generatorNotices } from './extlinux-generators.js';
import { defaultNotices, pygrubReading, refusal, textEdit, unreadFile } from './menu-result.js';

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

const read = (facts: Facts, menu: string, text: string | undefined): BootReading =>
  pygrubReading(facts, menu, text === undefined ? undefined : readExtlinuxAsPygrub(text));

function convert(facts: Facts, menu: string, text: string): RuleResult {
  if (parseExtlinux(text).entries.length === 0) return refusal(bootRefusals['no-linux-entries'](menu));
  const folder = folderOf(facts, menu);
  const after = withDefault(facts, menu, convertExtlinux(text, folder, commandLineMap(facts)));
  const reading = read(facts, menu, after);
  if (reading.kind === 'refuses') return refusal(reading.problem);
  const problem = choiceProblem(facts, reading.choice);
  if (problem !== undefined) return refusal(problem);
  const edits = after === text ? [] : [textEdit(menu, after, menuReason)];
  const notices = [...changeNotices(text, after), ...generatorNotices(facts)];
  return { edits: [...edits, ...generatorEdits(facts)], problems: [], notices };
}

function commandLineMap(facts: Facts): (text: string) => string {
  const [map, extra] = [pvCommandLineMap(facts), extraArguments(facts)];
  return (text) => addArguments(map(text), extra);
}

function changeNotices(before: string, after: string): Notice[] {
  const [was, is] = [before, after].map((text) => extlinuxDefault(parseExtlinux(text))?.label);
  return defaultNotices('extlinux', was, is);
}

const menuReason =
  'pygrub and extlinux boot the same PV kernel, with the console and the device names that exist under PV';

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
