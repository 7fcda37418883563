import { type Menu, type MenuOption, parseMenu } from './grub-legacy.js';
import { type Replacement, replaceRanges, type TextRange } from './replace-ranges.js';

/**
 * Applies `map` to the command lines of all Linux entries and to the options that update-grub composes them of. Where a
 * line is what update-grub makes of the options, it becomes what update-grub will make of the mapped ones.
 */
export function mapMenuCommandLines(text: string, map: (commandLine: string) => string): string {
  const menu = parseMenu(text);
  const compositions = compositionsOf(menu, (option) => mapOption(option, map));
  const lines = menu.entries.flatMap(({ linux }) => (linux === undefined ? [] : [linux.arguments]));
  return replaceRanges(text, [
    ...lines.map((range) => lineReplacement(text, range, compositions, map)),
    ...menu.options.map((option) => ({ range: option.range, text: mapOption(option, map) })),
  ]);
}

/**
 * Applies `complete`, which adds arguments at the end, to the command lines of normal entries, and to `defoptions`, from
 * which update-grub takes what only they have. Entries of a hypervisor do without.
 */
export function completeMenuCommandLines(text: string, complete: (commandLine: string) => string): string {
  const withOption = completeDefaultOptions(text, complete);
  const value = optionOf(parseMenu(withOption), 'defoptions')?.value ?? '';
  const compositions = compositionsOf(parseMenu(text), ({ name, value: old }) =>
    name === 'defoptions' ? value : old,
  );
  const menu = parseMenu(withOption);
  const lines = menu.entries.flatMap(({ linux, isHypervisor }) =>
    linux === undefined || isHypervisor ? [] : [withBlanks(withOption, linux.arguments)],
  );
  return replaceRanges(
    withOption,
    lines.map((range) => lineReplacement(withOption, range, compositions, complete)),
  );
}

/** Where `defoptions` is empty, update-grub leaves a blank for it at the line's end. */
const withBlanks = (text: string, { start, end }: TextRange): TextRange => ({
  start,
  end: end + (/^[ \t]*/.exec(text.slice(end, end + 100))?.[0].length ?? 0),
});

function completeDefaultOptions(text: string, complete: (commandLine: string) => string): string {
  const menu = parseMenu(text);
  const always = optionOf(menu, 'kopt')?.value ?? '';
  const option = optionOf(menu, 'defoptions');
  const whole = [always, option?.value ?? '', optionOf(menu, 'nonaltoptions')?.value ?? ''].join(' ');
  if (menu.optionsEnd === undefined || complete(whole) === whole) return text;
  const value = complete(option?.value ?? '').trim();
  if (option !== undefined) return replaceRanges(text, [{ range: option.range, text: value }]);
  return `${text.slice(0, menu.optionsEnd)}# defoptions=${value}\n\n${text.slice(menu.optionsEnd)}`;
}

const optionOf = ({ options }: Menu, name: string): MenuOption | undefined =>
  options.find((option) => option.name === name);

function lineReplacement(
  text: string,
  range: TextRange,
  compositions: ReadonlyMap<string, string>,
  map: (line: string) => string,
): Replacement {
  const line = text.slice(range.start, range.end);
  const composed = compositions.get(words(line));
  if (composed === undefined) return { range, text: map(line) };
  return { range, text: composed === words(line) ? line : composed };
}

// -------------------------------------------------------------------------------------------- what update-grub composes

function mapOption({ name, value }: MenuOption, map: (text: string) => string): string {
  if (/^(?:kopt(?:_\w+)?|defoptions|nonaltoptions)$/.test(name)) return map(value);
  if (name === 'xenkopt') return namesEmulatedDevice(value) ? map(value) : value;
  if (name !== 'altoptions') return value;
  const { description, suffix } = alternative(value);
  return description + map(suffix);
}

/** `xenkopt` is for Linux as dom0 of a hypervisor in the guest, so it says nothing about this guest's own console. */
const namesEmulatedDevice = (value: string): boolean =>
  /(?:^|[ \t])console=ttyS|\/dev\/(?:hd|sd|vd)[a-z]/.test(value);

/** `(single-user mode) single`: what the title gets, and what the command line gets. */
function alternative(value: string): { description: string; suffix: string } {
  const length = /^\([^)]*\)[ \t]*/.exec(value)?.[0].length ?? 0;
  return { description: value.slice(0, length), suffix: value.slice(length) };
}

interface Part {
  readonly before: string;
  readonly after: string;
}

const nothing: Part = { before: '', after: '' };

/**
 * What update-grub makes of the options, and what of the changed ones; blanks count as one, as its `echo` leaves them.
 * `kopt` and `defoptions` make a normal entry, `kopt` and one of `altoptions` an alternative one.
 */
function compositionsOf(menu: Menu, change: (option: MenuOption) => string): ReadonlyMap<string, string> {
  const options =
    optionOf(menu, 'defoptions') === undefined ? [...menu.options, noDefaultOptions] : menu.options;
  const partsOf = (pattern: RegExp): Part[] =>
    options
      .filter(({ name }) => pattern.test(name))
      .slice(0, maxOptions)
      .map((option) => ({ before: suffixOf(option), after: suffixOf({ ...option, value: change(option) }) }));
  const always = partsOf(/^kopt(?:_\w+)?$/);
  const normal = partsOf(/^defoptions$/);
  const primary = partsOf(/^nonaltoptions$/);
  const alternatives = partsOf(/^altoptions$/);
  const rest = [
    ...pairs(normal, [...primary, nothing]),
    ...alternatives,
    ...pairs(partsOf(/^xenkopt$/), [...primary, nothing, ...alternatives]),
  ];
  const compositions = new Map<string, string>();
  for (const parts of pairs(always, rest)) {
    const [before, after] = [words(parts.before), words(parts.after)];
    if (!compositions.has(before)) compositions.set(before, after);
  }
  return compositions;
}

/** As update-grub takes it where the line is missing. */
const noDefaultOptions: MenuOption = { name: 'defoptions', value: '', range: { start: 0, end: 0 } };

/** More of one kind than anybody writes; a bound for hostile menus. */
const maxOptions = 20;

const suffixOf = ({ name, value }: MenuOption): string =>
  name === 'altoptions' ? alternative(value).suffix : value;

const pairs = (first: readonly Part[], second: readonly Part[]): Part[] =>
  first.flatMap((one) =>
    second.map((other) => ({
      before: `${one.before} ${other.before}`,
      after: `${one.after} ${other.after}`,
    })),
  );

const words = (text: string): string =>
  text
    .split(/[ \t]+/)
    .filter((word) => word !== '')
    .join(' ');
