import { allEntries, type GrubConfig, parseGrubConfig } from '../../boot-loaders/grub2.js';
import { convertGrub2, type Grub2Texts, namesDefaultEntry } from '../../boot-loaders/grub2-conversion.js';
import { grubDefaultEntry } from '../../boot-loaders/grub2-default.js';
import { readAsPygrub } from '../../boot-loaders/pygrub.js';
import { namesIn, nodeAt, textAt } from '../../guest-files/guest-tree.js';
import { toPvCommandLine } from '../../guest-files/kernel-command-line.js';
import type { Edit, Facts, GuestTree, Notice, Problem, Rule, RuleResult } from '../../model.js';
import { bootRefusals } from '../boot-refusals.js';
import { bootsAlike, bootTargetProblem, grubConfigPath } from '../boot-target.js';
import { createDeviceMap } from '../device-names.js';
import { wantedConsole } from '../pv-kernels.js';

export { bootTarget } from '../boot-target.js';

/**
 * GRUB 2: every Linux entry gets a command line that suits PV, and GRUB and pygrub boot the same entry by default, now
 * and after the next update-grub in the guest. Refuses what can't be brought there.
 */
export const bootLoaderRule: Rule = { name: 'boot-loader', needsKernel: true, apply };

function apply(facts: Facts): RuleResult {
  const config = textAt(facts.tree, grubConfigPath);
  if (config === undefined) return refusal(missingBootLoader(facts.tree));
  const unusable = unusableMenu(parseGrubConfig(config));
  if (unusable !== undefined) return refusal(unusable);
  const before = { config, defaults: readDefaults(facts.tree) };
  const after = convertGrub2(before, {
    mapCommandLine: (text) =>
      toPvCommandLine(text, { console: wantedConsole(facts), mapDevice: createDeviceMap(facts) }),
    defaultEntry: wantedDefault(facts, before),
  });
  const problem = bootTargetProblem(facts, after.config);
  if (problem !== undefined) return refusal(problem);
  return { edits: editsOf(before, after), problems: [], notices: noticesOf(facts, before, after) };
}

const refusal = (problem: Problem): RuleResult => ({ edits: [], problems: [problem], notices: [] });

// ---------------------------------------------------------------------------------------------- what can't be edited

const otherBootLoaders = [
  ['/boot/grub/menu.lst', 'GRUB legacy'],
  ['/boot/grub/grub.conf', 'GRUB legacy'],
  ['/boot/extlinux/extlinux.conf', 'extlinux'],
  ['/boot/extlinux.conf', 'extlinux'],
  ['/extlinux.conf', 'extlinux'],
  ['/boot/syslinux/syslinux.cfg', 'syslinux'],
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
  if (nodeAt(tree, grubConfigPath) !== undefined) {
    return bootRefusals['unreadable-by-pygrub']('it is not a regular file of less than 1 MiB');
  }
  const other = otherBootLoaders.find(([path]) => nodeAt(tree, path) !== undefined);
  if (other !== undefined) return bootRefusals['unsupported-boot-loader'](other[1], other[0]);
  const folder = entryFolders.find((path) => namesIn(tree, path).length > 0);
  return folder === undefined ? bootRefusals['no-boot-loader']() : bootRefusals['uki-or-bls-only'](folder);
}

function unusableMenu(config: GrubConfig): Problem | undefined {
  const commands = allEntries(config.items).flatMap(({ linux }) => linux.map(({ command }) => command));
  if (commands.some((command) => command === 'linux' || command === 'linux16')) return undefined;
  if (commands.includes('linuxefi')) return bootRefusals['linuxefi-entries']();
  if (config.usesBootLoaderSpecification) return bootRefusals['uki-or-bls-only']('/boot/loader/entries');
  return commands.length === 0 ? bootRefusals['no-linux-entries']() : undefined;
}

// ------------------------------------------------------------------------------------------------------- the edits

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
 * entries of submenus. Another number stays if both mean the same bootable entry by it, as without submenus.
 */
function wantedDefault(facts: Facts, texts: Grub2Texts): number {
  const choice = readAsPygrub(texts.config);
  if (choice.kind === 'refuses' || !namesDefaultEntry(texts, choice.index)) return 0;
  const entry = grubDefaultEntry(parseGrubConfig(texts.config), textAt(facts.tree, '/boot/grub/grubenv'));
  const isFit =
    bootsAlike(choice, entry, texts.config) && bootTargetProblem(facts, texts.config) === undefined;
  return isFit ? choice.index : 0;
}

function editsOf(before: Grub2Texts, after: Grub2Texts): Edit[] {
  const settings = after.defaults.filter(({ text }, index) => text !== before.defaults[index]?.text);
  return [
    ...(after.config === before.config ? [] : [edit(grubConfigPath, after.config, configReason)]),
    ...settings.map(({ path, text }) => edit(path, text, settingsReason)),
  ];
}

const configReason =
  'pygrub and GRUB boot the same entry, with the console and the device names that exist under PV';
const settingsReason = 'the next update-grub in the guest writes the same boot entries';

const edit = (path: string, text: string, reason: string): Edit => ({
  path,
  node: { kind: 'file', text },
  reason,
});

function noticesOf(facts: Facts, before: Grub2Texts, after: Grub2Texts): Notice[] {
  const environment = textAt(facts.tree, '/boot/grub/grubenv');
  const [was, is] = [before, after].map(({ config }) =>
    grubDefaultEntry(parseGrubConfig(config), environment),
  );
  if (was === undefined || is === undefined || (was.title === is.title && was.id === is.id)) return [];
  const message = `GRUB booted "${was.title}" by default; now it boots "${is.title}", as pygrub does`;
  return [{ code: 'default-entry-changed', message }];
}
