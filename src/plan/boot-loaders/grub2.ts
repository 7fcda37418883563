import { allEntries, type GrubConfig, parseGrubConfig } from '../../boot-loaders/grub2.js';
import {
  convertGrub2,
  type Grub2Texts,
  type Grub2Wish,
  namesDefaultEntry,
} from '../../boot-loaders/grub2-conversion.js';
import { withFirstEntry } from '../../boot-loaders/grub2-first-entry.js';
import { unfinishedFiles } from '../../boot-loaders/grub2-settings.js';
import { readAsPygrub } from '../../boot-loaders/pygrub.js';
import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, GuestTree, Notice, Problem, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import { addArguments, extraArguments } from '../extra-arguments.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { bootablePvKernels } from '../pv-kernels.js';
import type { BootLoader } from './boot-loader.js';
import { guestPath, kernelAt } from './entry-checks.js';
import { convertMenuBeside } from './grub-legacy-beside.js';
import { grubDefault, menuProblem, type Place, readMenu, refuses } from './grub2-reading.js';
import { defaultNotices, refusal, textEdit, unreadFile } from './menu-result.js';

/**
 * GRUB 2: every Linux entry gets a command line that suits PV, and GRUB and pygrub boot the same entry by default, now
 * and after the next update-grub in the guest. GRUB built for PV reads the same file with its own eyes; it has no module
 * `serial` (package grub-xen-bin), so what GRUB_TERMINAL=serial writes fails there, and the Xen console stays its terminal.
 */
export const grub2: BootLoader = {
  name: 'GRUB 2',
  menus: ['/boot/grub/grub.cfg', '/boot/grub2/grub.cfg'],
  ways: ['pygrub', 'pvgrub2', 'kernel'],
  read: (facts, menu, way) => {
    const config = textAt(facts.tree, menu);
    return config === undefined ? refuses(unreadFile(menu)) : readMenu({ facts, menu, way }, config);
  },
  convert: (facts, menu, way) => convert({ facts, menu, way }),
};

// ------------------------------------------------------------------------------------------------------- the edits

function convert(place: Place): RuleResult {
  const { facts, menu } = place;
  const config = textAt(facts.tree, menu);
  const unusable = config === undefined ? unreadFile(menu) : unusableMenu(parseGrubConfig(config));
  if (config === undefined || unusable !== undefined) return refusal(unusable ?? unreadFile(menu));
  const before = { config, defaults: readDefaults(facts.tree) };
  const wish = wishOf(facts, wantedDefault(place, before));
  const after = convertGrub2(before, wish);
  const problem = menuProblem(place, after.config);
  if (problem === undefined) return result(place, before, after, []);
  const first = withPvEntryFirst(place, before);
  if (first === undefined || menuProblem(place, first.texts.config) !== undefined) return refusal(problem);
  return result(place, before, first.texts, first.script);
}

const wishOf = (facts: Facts, defaultEntry: number | undefined): Grub2Wish => ({
  mapCommandLine: pvCommandLineMap(facts),
  complete: (text) => addArguments(text, extraArguments(facts)),
  defaultEntry,
});

function result(place: Place, before: Grub2Texts, after: Grub2Texts, script: readonly Edit[]): RuleResult {
  const beside = convertMenuBeside(place.facts);
  return {
    edits: [...editsOf(place, before, after), ...script, ...beside],
    problems: [],
    notices: noticesOf(place.facts, before, after),
  };
}

function unusableMenu(config: GrubConfig): Problem | undefined {
  const commands = allEntries(config.items).flatMap(({ linux }) => linux.map(({ command }) => command));
  if (commands.some((command) => command === 'linux' || command === 'linux16')) return undefined;
  if (commands.includes('linuxefi')) return bootRefusals['linuxefi-entries']();
  if (config.usesBootLoaderSpecification) return bootRefusals['uki-or-bls-only']('/boot/loader/entries');
  return commands.length === 0 ? bootRefusals['no-linux-entries']() : undefined;
}

/** A PV kernel's entry as the first of all, which pygrub and GRUB call 0; undefined where there is none to put there. */
function withPvEntryFirst(
  place: Place,
  before: Grub2Texts,
): { texts: Grub2Texts; script: readonly Edit[] } | undefined {
  const { facts, menu } = place;
  const able = bootablePvKernels(facts);
  const first = withFirstEntry(before.config, (path) => {
    const kernel = kernelAt(facts, guestPath(facts, menu, path));
    return kernel !== undefined && able.includes(kernel);
  });
  if (first === undefined) return undefined;
  const texts = convertGrub2({ ...before, config: first.config }, wishOf(facts, 0));
  const { path, text } = first.script;
  const isNew = textAt(facts.tree, path) !== text && namesIn(facts.tree, '/etc/grub.d').length > 0;
  const node = { kind: 'file', text, mode: 0o755 } as const;
  return { texts, script: isNew ? [{ path, node, reason: scriptReason }] : [] };
}

const scriptReason =
  'the next update-grub in the guest puts the newest kernel that can boot as PV first again: pygrub boots the first entry';

function readDefaults(tree: GuestTree): Grub2Texts['defaults'] {
  const folder = '/etc/default/grub.d';
  const parts = namesIn(tree, folder).filter((name) => /^[^.].*\.cfg$/.test(name));
  return ['/etc/default/grub', ...parts.map((name) => `${folder}/${name}`)].flatMap((path) => {
    const text = textAt(tree, path);
    return text === undefined ? [] : [{ path, text }];
  });
}

/**
 * 0 is what GRUB and pygrub count alike whatever the menu: pygrub takes titles, ids and `saved` for 0, and it counts
 * entries of submenus. Another number stays if both mean the same bootable entry by it, as without submenus; whatever
 * GRUB itself understands stays where pygrub isn't asked.
 */
function wantedDefault(place: Place, texts: Grub2Texts): number | undefined {
  const isFit = menuProblem(place, texts.config) === undefined;
  if (place.way !== 'pygrub') return isFit ? undefined : 0;
  const choice = readAsPygrub(texts.config);
  if (choice.kind === 'refuses' || !namesDefaultEntry(texts, choice.index)) return 0;
  return isFit ? choice.index : 0;
}

function editsOf({ menu }: Place, before: Grub2Texts, after: Grub2Texts): Edit[] {
  const settings = after.defaults.filter(({ text }, index) => text !== before.defaults[index]?.text);
  return [
    ...(after.config === before.config ? [] : [textEdit(menu, after.config, configReason)]),
    ...settings.map(({ path, text }) => textEdit(path, text, settingsReason)),
  ];
}

const configReason =
  'pygrub and GRUB boot the same entry, with the console and the device names that exist under PV';
const settingsReason = 'the next update-grub in the guest writes the same boot entries';

function noticesOf(facts: Facts, before: Grub2Texts, after: Grub2Texts): Notice[] {
  const unfinished = unfinishedFiles(after.defaults).map((path) => ({
    code: 'settings-unfinished',
    message: `a quote or a block in ${path} isn't closed, so that update-grub fails on it in the guest: mend it there`,
  }));
  const [was, is] = [before, after].map(({ config }) => grubDefault(facts, config));
  if (was === undefined || is === undefined || (was.title === is.title && was.id === is.id))
    return unfinished;
  return [...unfinished, ...defaultNotices('GRUB', `"${was.title}"`, `"${is.title}"`)];
}
