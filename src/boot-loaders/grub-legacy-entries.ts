import { type Menu, type MenuEntry, parseMenu } from './grub-legacy.js';
import { firstPlace } from './grub-legacy-edit.js';
import { withoutDisk } from './without-disk.js';

/** A kernel as a menu names it: paths start at the file system that holds the menu. */
export interface MenuKernel {
  readonly version: string;
  readonly kernel: string;
  readonly initramfs: string | undefined;
  /** Whether update-grub lists it. */
  readonly isListed: boolean;
}

/** What an entry is made of where there is none to copy. */
interface MenuDefaults {
  /** `Debian GNU/Linux`, as update-grub begins its titles. */
  readonly title: string;
}

/**
 * Adds to update-grub's list the entries that it would write for kernels which have none: in the form of those that are
 * there, alternatives included, before the entries of the next older kernel. `kernels` come newest first.
 */
export function addKernelEntries(
  text: string,
  kernels: readonly MenuKernel[],
  defaults: MenuDefaults,
): string {
  return kernels.reduceRight((before, kernel, index) => {
    const menu = parseMenu(before);
    const list = menu.entries.filter(({ isAutomatic }) => isAutomatic);
    if (menu.automatic === undefined || !kernel.isListed || list.some((entry) => loads(entry, kernel))) {
      return before;
    }
    const older = kernels.slice(index + 1);
    const next = list.find((entry) => older.some((other) => loads(entry, other)));
    const at = next?.range.start ?? endOfKernels(menu, list, before);
    const added = entriesLike(before, list, kernel) || newEntry(menu, kernel, defaults);
    return before.slice(0, at) + added + before.slice(at);
  }, text);
}

const loads = ({ linux, isHypervisor }: MenuEntry, { kernel }: MenuKernel): boolean =>
  !isHypervisor && linux !== undefined && withoutDisk(linux.kernel) === kernel;

/** Behind the last kernel of the list, before the memory test. */
function endOfKernels({ automatic }: Menu, list: readonly MenuEntry[], text: string): number {
  const behind = list.findLastIndex(({ linux }) => linux !== undefined);
  const next = list[behind + 1]?.range.start;
  const end = automatic === undefined ? text.length : text.lastIndexOf('\n', automatic.end - 1) + 1;
  return next ?? end;
}

/** All entries of one kernel of the list, made to load this one; empty when the list has no kernel. */
function entriesLike(text: string, list: readonly MenuEntry[], kernel: MenuKernel): string {
  const model = list.find(({ linux, isHypervisor }) => linux !== undefined && !isHypervisor);
  if (model?.linux === undefined) return '';
  const path = model.linux.kernel;
  const same = list.filter(({ linux, isHypervisor }) => linux?.kernel === path && !isHypervisor);
  const version = versionIn(path);
  return same
    .map((entry) => entryLike(text, entry, kernel, entry.title.replaceAll(version, kernel.version)))
    .join('');
}

const versionIn = (path: string): string => /vmlinu[xz]-(.+)$/.exec(path)?.[1] ?? path;

/** This entry with another title, kernel and initramfs; all its other lines stay. Ends with a blank line. */
function entryLike(text: string, entry: MenuEntry, kernel: MenuKernel, title: string): string {
  const { linux, range } = entry;
  if (linux === undefined) return '';
  const lines = text.slice(range.start, range.end).split('\n');
  const disk = linux.kernel.slice(0, linux.kernel.length - withoutDisk(linux.kernel).length);
  const changed = lines.flatMap((line) => {
    if (/^[ \t]*title(?:[ \t=]|$)/.test(line)) return [withArgument(line, title)];
    if (/^[ \t]*initrd[ \t=]/.test(line)) {
      return kernel.initramfs === undefined ? [] : [withArgument(line, disk + kernel.initramfs)];
    }
    if (!/^[ \t]*kernel[ \t=]/.test(line)) return [line];
    const argumentsOf = text.slice(linux.arguments.start, linux.arguments.end);
    const initramfs = entry.initramfs === undefined && kernel.initramfs !== undefined;
    const loading = withArgument(line, `${disk}${kernel.kernel} ${argumentsOf}`);
    return initramfs ? [loading, `initrd\t\t${disk}${kernel.initramfs}`] : [loading];
  });
  return `${changed
    .filter((line) => !/^[ \t]*#/.test(line))
    .join('\n')
    .trimEnd()}\n\n`;
}

function withArgument(line: string, argument: string): string {
  const [start = ''] = /^[ \t]*\w+[ \t]*=?[ \t]*/.exec(line) ?? [];
  return start + argument + (line.endsWith('\r') ? '\r' : '');
}

/** As update-grub writes it from its options. */
function newEntry(
  { options }: Menu,
  { version, kernel, initramfs }: MenuKernel,
  { title }: MenuDefaults,
): string {
  const option = (name: string) => options.find((candidate) => candidate.name === name)?.value ?? '';
  const commandLine = [option('kopt'), option('defoptions')].filter((part) => part !== '').join(' ');
  const lines = [
    `title\t\t${title}, kernel ${version}`,
    `root\t\t${option('groot') === '' ? '(hd0,0)' : option('groot')}`,
    `kernel\t\t${kernel} ${commandLine}`,
    ...(initramfs === undefined ? [] : [`initrd\t\t${initramfs}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

/**
 * Puts entries for these kernels before all others and before update-grub's list, where it leaves them alone. Each
 * looks like the menu's first entry that loads Linux. Undefined when there is none.
 */
export function addStaticEntries(
  text: string,
  wanted: readonly { readonly kernel: MenuKernel; readonly suffix: string }[],
): string | undefined {
  const menu = parseMenu(text);
  const added = wanted.map(({ kernel, suffix }) => {
    const own = menu.entries.find((entry) => loads(entry, kernel) && !/\(.*\)/.test(entry.title));
    const model = own ?? menu.entries.find(({ linux, isHypervisor }) => linux !== undefined && !isHypervisor);
    if (model === undefined) return '';
    const version = versionIn(model.linux?.kernel ?? '');
    const title = model.title.replaceAll(version, kernel.version);
    return entryLike(text, model, kernel, `${title} ${suffix}`);
  });
  if (added.includes('')) return undefined;
  const at = firstPlace(menu, text.length);
  return text.slice(0, at) + staticHeading + added.join('') + text.slice(at);
}

const staticHeading =
  '## Written by convert-image: what stands above its list is left alone by update-grub.\n';
