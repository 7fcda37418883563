import { type Menu, parseMenu, settingNumber } from '../../boot-loaders/grub-legacy.js';
import type { Notice } from '../../model.js';
import { bootablePvKernels } from '../pv-kernels.js';
import { pvSuffix } from './grub-legacy-default.js';
import type { Place } from './grub-legacy-kernels.js';
import { defaultNotices } from './menu-result.js';

/** What the change of a menu.lst means for its user: what boots by default, as HVM too, and after the next kernel. */
export function menuNotices(place: Place, before: string, after: string): Notice[] {
  const [was, is] = [before, after].map(parseMenu);
  if (was === undefined || is === undefined) return [];
  return [
    ...defaultNotices('GRUB', defaultName(was), defaultName(is)),
    ...fixedVersionNotices(place, is),
    ...fallbackNotices(place, is),
  ];
}

/** GRUB keeps the number that it saved in a file of its own. */
function defaultName(menu: Menu): string | undefined {
  const isSaved = menu.settings.findLast(({ name }) => name === 'default')?.value === 'saved';
  const entry = menu.entries[settingNumber(menu, 'default') ?? 0];
  if (isSaved) return 'the entry that was chosen last';
  return entry === undefined ? undefined : `"${entry.title}"`;
}

/** Nothing renews the entries above update-grub's list. */
function fixedVersionNotices({ facts, menu }: Place, { entries, settings, automatic }: Menu): Notice[] {
  const number = settings.findLast(({ name }) => name === 'default')?.value ?? '0';
  const entry = entries[Number(number)];
  const [kernel] = bootablePvKernels(facts);
  if (automatic === undefined || kernel === undefined || entry?.title.endsWith(pvSuffix) !== true) return [];
  const message = `"${entry.title}" in ${menu} stays the default whatever kernel is installed later: name a newer kernel for Xen there by hand, and do so before ${kernel.version} is removed`;
  return [{ code: 'boot-menu-by-hand', message }];
}

/** What happens when the guest is started as HVM again, where its PV kernel can't do that. */
function fallbackNotices({ facts, menu }: Place, parsed: Menu): Notice[] {
  const [kernel] = bootablePvKernels(facts);
  if (kernel?.config?.xenOnly !== true) return [];
  const other = parsed.entries[settingNumber(parsed, 'fallback') ?? -1];
  const message =
    other === undefined
      ? `${kernel.version} boots on Xen as PV only, and there is no kernel for HVM: the guest can't go back`
      : `${kernel.version} boots on Xen as PV only; as HVM, GRUB can't load it and falls back to "${other.title}" (fallback in ${menu})`;
  return [{ code: 'xen-only-kernel', message }];
}
