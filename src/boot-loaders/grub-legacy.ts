import type { TextRange } from './replace-ranges.js';
import { withoutTrailingBlanks } from './trailing-blanks.js';

/** A `kernel` or `module` line that loads Linux. */
interface MenuLinuxLine {
  /** As written, with a disk before it in some menus: `(hd0,0)/vmlinuz`. */
  readonly kernel: string;
  readonly path: TextRange;
  /** What follows the path and its blanks, up to the end of the line. */
  readonly arguments: TextRange;
}

export interface MenuEntry {
  readonly title: string;
  /** Its lines, from `title` to the next entry or the end of the list that it is in. */
  readonly range: TextRange;
  readonly linux: MenuLinuxLine | undefined;
  readonly initramfs: string | undefined;
  /** `kernel` starts a hypervisor, and Linux is a module of it. */
  readonly isHypervisor: boolean;
  /** update-grub wrote it and will write it again. */
  readonly isAutomatic: boolean;
}

/** A command before the first entry: `default 0`, `timeout=5`. */
interface MenuSetting {
  readonly name: 'default' | 'timeout' | 'fallback';
  readonly value: string;
  readonly range: TextRange;
}

/** A line `# name=value` of update-grub's own settings. */
export interface MenuOption {
  readonly name: string;
  readonly value: string;
  readonly range: TextRange;
}

export interface Menu {
  readonly entries: readonly MenuEntry[];
  readonly settings: readonly MenuSetting[];
  readonly options: readonly MenuOption[];
  /** From the first marker of update-grub's list to the end of its last one. */
  readonly automatic: TextRange | undefined;
  /** Where update-grub's options end. */
  readonly optionsEnd: number | undefined;
}

interface Line extends TextRange {
  /** Without blanks around it. */
  readonly text: string;
  /** Where that begins. */
  readonly at: number;
}

const markers = {
  listStart: '### BEGIN AUTOMAGIC KERNELS LIST',
  listEnd: '### END DEBIAN AUTOMAGIC KERNELS LIST',
  optionsStart: '## ## Start Default Options ##',
  optionsEnd: '## ## End Default Options ##',
};

/**
 * Reads menu.lst of GRUB 0.97 with the options that Debian's and Ubuntu's update-grub keeps in its comments. Total:
 * what it doesn't know it passes over; every range is a stretch of the text.
 */
export function parseMenu(text: string): Menu {
  const lines = linesOf(text);
  const automatic = automaticRange(lines);
  const starts = lines.flatMap((line, index) => (/^title(?:[ \t=]|$)/.test(line.text) ? [index] : []));
  const options = optionLines(lines, automatic);
  return {
    entries: starts.map((start, index) =>
      readEntry(lines.slice(start, starts[index + 1] ?? lines.length), automatic),
    ),
    settings: lines.slice(0, starts[0] ?? lines.length).flatMap(readSetting),
    options: options.lines.flatMap(readOption),
    automatic,
    optionsEnd: options.end,
  };
}

/** The number of an entry that a setting names last; undefined for `saved` and where there is none. */
export function settingNumber({ settings }: Menu, name: 'default' | 'fallback'): number | undefined {
  const value = settings.findLast((setting) => setting.name === name)?.value ?? '';
  return /^[0-9]{1,6}$/.test(value) ? Number(value) : undefined;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const at = start + (/^[ \t]*/.exec(line)?.[0].length ?? 0);
    lines.push({
      text: withoutTrailingBlanks(text.slice(at, start + line.length)),
      at,
      start,
      end: start + line.length,
    });
    start += line.length + 1;
  }
  return lines;
}

/** Marker lines must be exact: update-grub's sed looks for whole lines. */
function automaticRange(lines: readonly Line[]): TextRange | undefined {
  const start = lines.find(({ text }) => text === markers.listStart);
  const end = lines.find((line) => line.text === markers.listEnd && line.start > (start?.start ?? 0));
  return start === undefined || end === undefined ? undefined : { start: start.start, end: end.end };
}

function optionLines(
  lines: readonly Line[],
  list: TextRange | undefined,
): { lines: readonly Line[]; end: number | undefined } {
  const inside = lines.filter((line) => list !== undefined && line.start > list.start && line.end < list.end);
  const start = inside.findIndex(({ text }) => text === markers.optionsStart);
  const end = inside.findIndex(({ text }) => text === markers.optionsEnd);
  if (start < 0 || end < start) return { lines: [], end: undefined };
  return { lines: inside.slice(start, end), end: inside[end]?.start };
}

function readOption({ text, at }: Line): MenuOption[] {
  const [whole, name, value] = /^# (\w+)=(.*)$/.exec(text) ?? [];
  if (whole === undefined || name === undefined || value === undefined) return [];
  const end = at + whole.length;
  return [{ name, value, range: { start: end - value.length, end } }];
}

interface Command {
  readonly name: string;
  readonly argument: string;
  readonly range: TextRange;
}

/** Between a command and its argument stand blanks or one `=` (GRUB 0.97, stage2/cmdline.c, skip_to). */
function readCommand({ text, at }: Line): Command {
  const [, name = '', gap = '', argument = ''] = /^([^ \t=]*)([ \t]*=?[ \t]*)(.*)$/.exec(text) ?? [];
  const start = at + name.length + gap.length;
  return { name, argument, range: { start, end: start + argument.length } };
}

function readSetting(line: Line): MenuSetting[] {
  const { name, argument: value, range } = readCommand(line);
  return name === 'default' || name === 'timeout' || name === 'fallback' ? [{ name, value, range }] : [];
}

function readEntry(lines: readonly Line[], automatic: TextRange | undefined): MenuEntry {
  const own = lines.filter((line) => line === lines[0] || !isBehindList(line, lines[0], automatic));
  const [title, ...commands] = own.map(readCommand);
  const start = own[0]?.start ?? 0;
  const linux = commands.filter(({ name }) => name === 'kernel' || name === 'module');
  const loaded = linux.find(({ argument }) => loadsLinux(argument));
  return {
    title: title?.argument ?? '',
    range: { start, end: own.at(-1)?.end ?? start },
    linux: loaded === undefined ? undefined : readLinux(loaded),
    initramfs: commands.findLast(({ name }) => name === 'initrd')?.argument,
    isHypervisor: linux.some(({ name, argument }) => name === 'module' || isHypervisor(argument)),
    isAutomatic: automatic !== undefined && start > automatic.start && start < automatic.end,
  };
}

/** An entry of update-grub's list ends with the list, and one before the list where that begins. */
function isBehindList(line: Line, title: Line | undefined, automatic: TextRange | undefined): boolean {
  if (automatic === undefined || title === undefined) return false;
  if (title.start < automatic.start) return line.start >= automatic.start;
  return title.start < automatic.end && line.end >= automatic.end;
}

const fileOf = (argument: string): string => argument.split(/[ \t]/, 1)[0] ?? '';
const nameOf = (argument: string): string => fileOf(argument).replace(/^.*[/)]/, '');
const loadsLinux = (argument: string): boolean => /^(?:vmlinu[xz]|kernel|bzImage)\b/.test(nameOf(argument));
const isHypervisor = (argument: string): boolean => /^xen\b.*\.gz$/.test(nameOf(argument));

function readLinux({ argument, range }: Command): MenuLinuxLine {
  const kernel = fileOf(argument);
  const pathEnd = range.start + kernel.length;
  const gap = /^[ \t]*/.exec(argument.slice(kernel.length))?.[0].length ?? 0;
  return {
    kernel,
    path: { start: range.start, end: pathEnd },
    arguments: { start: pathEnd + gap, end: range.end },
  };
}
