import { type Menu, parseMenu } from './grub-legacy.js';
import { replaceRanges } from './replace-ranges.js';

/**
 * Tells update-grub, which otherwise looks into /proc/xen, that it runs in a domU: it then lists the kernels for Xen.
 * `knows` says whether the guest's update-grub has that option under that name; a missing line is added for it.
 */
export function setInDomU(text: string, knows: (name: string) => boolean): string {
  const menu = parseMenu(text);
  const present = menu.options.filter(({ name }) => isInDomU(name));
  const changed = replaceRanges(
    text,
    present.map(({ range }) => ({ range, text: 'true' })),
  );
  const missing = ['in_domU', 'indomU'].find((name) => knows(name));
  if (present.length > 0 || missing === undefined || menu.optionsEnd === undefined) return changed;
  const at = menu.optionsEnd;
  const lines = `## Xen guest: list the kernels for Xen, whatever the menu is made on\n# ${missing}=true\n\n`;
  return text.slice(0, at) + lines + text.slice(at);
}

const isInDomU = (name: string): boolean => name === 'in_domU' || name === 'indomU';

/** Whether update-grub lists kernels for Xen only. */
export const isInDomUMenu = (menu: Menu): boolean =>
  menu.options.some(({ name, value }) => isInDomU(name) && value === 'true');

/** Makes every `default`, `timeout` or `fallback` this value, or adds one behind the settings that are there. */
export function setMenuSetting(
  text: string,
  name: 'default' | 'timeout' | 'fallback',
  value: string,
): string {
  const menu = parseMenu(text);
  const present = menu.settings.filter((setting) => setting.name === name);
  if (present.length > 0) {
    // A name alone has no blank behind it.
    const withBlank = (before: string) => (before === '' ? ` ${value}` : value);
    const changes = present.map((setting) => ({ range: setting.range, text: withBlank(setting.value) }));
    return replaceRanges(text, changes);
  }
  const last = menu.settings.at(-1)?.range.end;
  const lineEnd = last === undefined ? -1 : text.indexOf('\n', last);
  if (lineEnd >= 0) return `${text.slice(0, lineEnd + 1)}${name}\t\t${value}\n${text.slice(lineEnd + 1)}`;
  const at = firstPlace(menu, text.length);
  const separator = at === 0 || text[at - 1] === '\n' ? '' : '\n';
  return `${text.slice(0, at)}${separator}${name}\t\t${value}\n\n${text.slice(at)}`;
}

/** Before the first entry and before update-grub's list, which may only hold its options. */
export function firstPlace(menu: Menu, end: number): number {
  return Math.min(menu.entries[0]?.range.start ?? end, menu.automatic?.start ?? end);
}

/** Both GRUB and pygrub wait forever without a timeout; pygrub crashes at one that isn't a number. */
export function setMenuTimeout(text: string): string {
  const last = parseMenu(text).settings.findLast(({ name }) => name === 'timeout');
  return last !== undefined && /^[0-9]{1,9}$/.test(last.value) ? text : setMenuSetting(text, 'timeout', '5');
}
