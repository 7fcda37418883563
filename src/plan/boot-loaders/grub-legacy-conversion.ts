import { type Menu, type MenuEntry, parseMenu } from '../../boot-loaders/grub-legacy.js';
import {
  isInDomUMenu,
  mapMenuCommandLines,
  setInDomU,
  setMenuSetting,
  setMenuTimeout,
} from '../../boot-loaders/grub-legacy-edit.js';
import {
  addKernelEntries,
  addStaticEntries,
  type MenuKernel,
  withoutDisk,
} from '../../boot-loaders/grub-legacy-entries.js';
import { hasOption, patchUpdateGrub } from '../../boot-loaders/update-grub-patch.js';
import { textAt } from '../../guest-files/guest-tree.js';
import type { Edit, Facts, Kernel, Notice } from '../../model.js';
import { pvCommandLineMap } from '../pv-command-line.js';
import { bootablePvKernels } from '../pv-kernels.js';
import { guestPath, kernelAt } from './entry-checks.js';

const updateGrubPath = '/usr/sbin/update-grub';

/** The menu with command lines for PV, kernels listed as on Xen, and a PV kernel as the default that stays. */
export function convertMenuText(facts: Facts, menu: string, text: string): string {
  const mapped = setMenuTimeout(withOptions(facts, mapMenuCommandLines(text, pvCommandLineMap(facts))));
  const place: Place = { facts, menu };
  const listed = addKernelEntries(mapped, menuKernels(place, mapped), {
    title: facts.release.id === 'ubuntu' ? facts.release.name : 'Debian GNU/Linux',
  });
  return withDefault(place, listed);
}

/** Command lines and update-grub's options only, for a menu that isn't the one that decides. */
export const withOptions = (facts: Facts, text: string): string =>
  setInDomU(text, (name) => hasOption(textAt(facts.tree, updateGrubPath) ?? '', name));

/** The origin page's patch, where the guest's update-grub is one that needs it. */
export function updateGrubEdits({ tree }: Facts): Edit[] {
  const script = textAt(tree, updateGrubPath);
  if (script === undefined || patchUpdateGrub(script) === script) return [];
  const reason = 'this update-grub leaves out the kernels for Xen while it does not run on one';
  return [{ path: updateGrubPath, node: { kind: 'file', text: patchUpdateGrub(script) }, reason }];
}

interface Place {
  readonly facts: Facts;
  readonly menu: string;
}

// --------------------------------------------------------------------------------------------- the kernels of the menu

/** Newest first, with those marked that update-grub will list on Xen. */
function menuKernels({ facts, menu }: Place, text: string): MenuKernel[] {
  const forXenOnly = isInDomUMenu(parseMenu(text));
  const able = bootablePvKernels(facts);
  return facts.kernels.map((kernel) =>
    menuKernel({ facts, menu }, kernel, !forXenOnly || able.includes(kernel)),
  );
}

function menuKernel(
  { facts, menu }: Place,
  { version, path, initramfs }: Kernel,
  isListed = true,
): MenuKernel {
  return {
    version,
    isListed,
    kernel: menuPath(facts, menu, path),
    initramfs: initramfs === undefined ? undefined : menuPath(facts, menu, initramfs.path),
  };
}

/** The reverse of `guestPath`. */
function menuPath(facts: Facts, menu: string, path: string): string {
  const root = guestPath(facts, menu, '/').replace(/\/$/, '');
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

const kernelOf = ({ facts, menu }: Place, { linux, isHypervisor }: MenuEntry): Kernel | undefined =>
  linux === undefined || isHypervisor
    ? undefined
    : kernelAt(facts, guestPath(facts, menu, withoutDisk(linux.kernel)));

const isPv = (place: Place, entry: MenuEntry | undefined): boolean => {
  const kernel = entry === undefined ? undefined : kernelOf(place, entry);
  return kernel !== undefined && bootablePvKernels(place.facts).includes(kernel);
};

const bootsAsHvm = ({ config }: Kernel): boolean => config?.xenOnly !== true;

// ------------------------------------------------------------------------------------------------------- the default

function withDefault(place: Place, text: string): string {
  const menu = parseMenu(text);
  if (isSettled(place, menu)) return text;
  const own = needsFallback(place.facts)
    ? -1
    : menu.entries.findIndex((entry) => staysPv(place, menu, entry));
  if (own >= 0) return setMenuSetting(text, 'default', String(own));
  return withStaticEntries(place, text) ?? text;
}

/** The default is a PV kernel's entry and stays one, and GRUB has one to fall back to where it needs that. */
function isSettled(place: Place, menu: Menu): boolean {
  const entry = menu.entries[numberOf(menu, 'default') ?? -1];
  if (entry === undefined || !staysPv(place, menu, entry)) return false;
  if (!needsFallback(place.facts)) return true;
  const other = menu.entries[numberOf(menu, 'fallback') ?? -1];
  const kernel = other === undefined ? undefined : kernelOf(place, other);
  return kernel !== undefined && bootsAsHvm(kernel) && other?.isAutomatic === false;
}

function numberOf({ settings }: Menu, name: 'default' | 'fallback'): number | undefined {
  const value = settings.findLast((setting) => setting.name === name)?.value ?? '';
  return /^[0-9]{1,6}$/.test(value) ? Number(value) : undefined;
}

/** Of update-grub's entries only the first stays where it is: the newest kernel's that it lists. */
function staysPv(place: Place, menu: Menu, entry: MenuEntry): boolean {
  if (!isPv(place, entry)) return false;
  if (!entry.isAutomatic) return true;
  const first = menu.entries.find(({ isAutomatic, isHypervisor }) => isAutomatic && !isHypervisor);
  const [newest] = isInDomUMenu(menu) ? bootablePvKernels(place.facts) : place.facts.kernels;
  return first === entry && newest !== undefined && bootablePvKernels(place.facts).includes(newest);
}

/** A kernel for Xen only boots no HVM guest. */
const needsFallback = (facts: Facts): boolean =>
  bootablePvKernels(facts)[0]?.config?.xenOnly === true && facts.kernels.some(bootsAsHvm);

function withStaticEntries(place: Place, text: string): string | undefined {
  const [kernel] = bootablePvKernels(place.facts);
  if (kernel === undefined) return undefined;
  const forHvm = needsFallback(place.facts) ? place.facts.kernels.find(bootsAsHvm) : undefined;
  const wanted = [
    { kernel: menuKernel(place, kernel), suffix: '(Xen PV)' },
    ...(forHvm === undefined ? [] : [{ kernel: menuKernel(place, forHvm), suffix: '(HVM)' }]),
  ];
  const added = addStaticEntries(text, wanted);
  if (added === undefined) return undefined;
  const withFallback = forHvm === undefined ? added : setMenuSetting(added, 'fallback', '1');
  return setMenuSetting(withFallback, 'default', '0');
}

/** What happens when the guest is started as HVM again, where its PV kernel can't do that. */
export function fallbackNotices(facts: Facts, menu: string, text: string): Notice[] {
  const parsed = parseMenu(text);
  const [kernel] = bootablePvKernels(facts);
  if (kernel?.config?.xenOnly !== true) return [];
  const other = parsed.entries[numberOf(parsed, 'fallback') ?? -1];
  const message =
    other === undefined
      ? `${kernel.version} boots on Xen as PV only, and there is no kernel for HVM: the guest can't go back`
      : `${kernel.version} boots on Xen as PV only; as HVM, GRUB can't load it and falls back to "${other.title}" (fallback in ${menu})`;
  return [{ code: 'xen-only-kernel', message }];
}
