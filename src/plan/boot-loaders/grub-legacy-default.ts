import { type Menu, type MenuEntry, parseMenu, settingNumber } from '../../boot-loaders/grub-legacy.js';
import { isInDomUMenu, setMenuSetting } from '../../boot-loaders/grub-legacy-edit.js';
import { addStaticEntries } from '../../boot-loaders/grub-legacy-entries.js';
import type { Facts } from '../../model.js';
import { bootablePvKernels } from '../pv-kernels.js';
import { bootsAsHvm, kernelOf, menuKernel, type Place } from './grub-legacy-kernels.js';

/**
 * The menu with a PV kernel's entry as the default, one that stays: what GRUB loads as HVM falls back to a kernel that
 * can do that, where the PV kernel can't. Unchanged where there is no PV kernel.
 */
export function withDefault(place: Place, text: string): string {
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
  const entry = menu.entries[settingNumber(menu, 'default') ?? -1];
  if (entry === undefined || !staysPv(place, menu, entry)) return false;
  if (!needsFallback(place.facts)) return true;
  const other = menu.entries[settingNumber(menu, 'fallback') ?? -1];
  const kernel = other === undefined ? undefined : kernelOf(place, other);
  return kernel !== undefined && bootsAsHvm(kernel) && other?.isAutomatic === false;
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
  const menu = parseMenu(text);
  const forHvm = needsFallback(place.facts) ? place.facts.kernels.find(bootsAsHvm) : undefined;
  const wanted = [
    { kernel: menuKernel(place, menu, kernel), suffix: pvSuffix },
    ...(forHvm === undefined ? [] : [{ kernel: menuKernel(place, menu, forHvm), suffix: '(HVM)' }]),
  ];
  const added = addStaticEntries(text, wanted);
  if (added === undefined) return undefined;
  const withFallback = forHvm === undefined ? added : setMenuSetting(added, 'fallback', '1');
  return setMenuSetting(withFallback, 'default', '0');
}

/** Ends the title of the entry of the PV kernel that stands above update-grub's list. */
export const pvSuffix = '(Xen PV)';

const isPv = (place: Place, entry: MenuEntry): boolean => {
  const kernel = kernelOf(place, entry);
  return kernel !== undefined && bootablePvKernels(place.facts).includes(kernel);
};
