import type { GrubConfig, GrubEntry, GrubItem } from './grub2.js';

/**
 * The entry that GRUB itself boots when nobody touches a key, whatever `next_entry` says for one single boot.
 * `environment` is the text of /boot/grub/grubenv. Undefined when there is no entry. Follows GRUB 2.06,
 * normal/menu.c: `>` parts the levels of submenus, `>>` is a plain `>`; a number, a title or an id names an item; what
 * isn't found is the first item.
 */
export function grubDefaultEntry(config: GrubConfig, environment: string | undefined): GrubEntry | undefined {
  const path = defaultPath(config, environment);
  let items = config.items;
  for (let level = 0; ; level += 1) {
    const item = items[itemNumber(items, path[level] ?? '')] ?? items[0];
    if (item === undefined || item.kind === 'entry') return item;
    items = item.items;
  }
}

/** The value of `default`: the last one set, leaving aside the branch for a single boot. */
function grubDefaultValue(config: GrubConfig): string {
  const settings = config.settings.filter(({ name, value }) => name === 'default' && !isForOneBoot(value));
  return settings.at(-1)?.value ?? '';
}

/** Whether a value of `default` is the entry that grub-reboot(8) chose for the next boot alone. */
export const isForOneBoot = (value: string): boolean => /^\$\{?next_entry\}?$/.test(value);

function defaultPath(config: GrubConfig, environment: string | undefined): string[] {
  const value = grubDefaultValue(config);
  const isSaved = /^\$\{?saved_entry\}?$/.test(value);
  return splitLevels(isSaved ? savedEntry(environment ?? '') : value);
}

/** A block of `name=value` lines; a backslash quotes itself and the end of a line (GRUB 2.06, lib/envblk.c). */
function savedEntry(environment: string): string {
  const line = environment.split('\n').findLast((candidate) => candidate.startsWith('saved_entry='));
  return (line ?? '').slice('saved_entry='.length).replaceAll('\\\\', '\\');
}

function splitLevels(value: string): string[] {
  return value.split(/(?<!>)>(?!>)/).map((part) => part.replaceAll('>>', '>'));
}

function itemNumber(items: readonly GrubItem[], name: string): number {
  const [, hexadecimal, octal, decimal] = /^[ \t]*(?:0x([0-9a-f]+)|0([0-7]+)|([0-9]+))/i.exec(name) ?? [];
  if (hexadecimal !== undefined) return Number.parseInt(hexadecimal, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  if (decimal !== undefined) return Number.parseInt(decimal, 10);
  return items.findIndex(({ title, id }) => title === name || id === name);
}
