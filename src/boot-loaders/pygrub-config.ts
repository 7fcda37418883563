import { parseInteger, splitAt, splitAtSpaces, strip } from './python-text.js';

/** A menu entry as pygrub sees it: conditions aren't evaluated, so the last `linux` and `initrd` line count. */
export interface PygrubEntry {
  readonly title: string;
  kernel?: string;
  initramfs?: string;
  commandLine: string;
}

export interface PygrubConfig {
  readonly entries: PygrubEntry[];
  /** Index into `entries`, not negative. */
  default: number;
  /** As written; -1 when the file sets none. */
  timeout: string;
}

/** Why pygrub gives up on the file, in words for people. */
export interface PygrubFailure {
  readonly failure: string;
}

interface Reader extends PygrubConfig {
  entry: PygrubEntry | undefined;
  submenus: number;
  inFunction: boolean;
}

/**
 * Reads grub.cfg with exactly the limits of pygrub's own parser (Xen 4.14 to 4.20, grub/GrubConf.py, Grub2ConfigFile):
 * line by line, nothing evaluated, submenus flattened, functions skipped.
 */
export function parseAsPygrub(text: string): PygrubConfig | PygrubFailure {
  const reader: Reader = {
    entries: [],
    default: 0,
    timeout: '-1',
    entry: undefined,
    submenus: 0,
    inFunction: false,
  };
  for (const [index, line] of text.split('\n').entries()) {
    const failure = readLine(reader, strip(line));
    if (failure !== undefined) return { failure: `${failure} (line ${index + 1})` };
  }
  if (reader.entry !== undefined) return { failure: `the entry "${reader.entry.title}" isn't closed` };
  return reader;
}

/** Returns why the file is rejected, or undefined. */
function readLine(reader: Reader, line: string): string | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  if (line.startsWith('function') || reader.inFunction) {
    reader.inFunction = line.startsWith('function') || !line.startsWith('}');
    return undefined;
  }
  const title = entryTitle(line);
  if (title !== undefined) return openEntry(reader, title);
  if (line.startsWith('submenu')) {
    reader.submenus += 1;
    return undefined;
  }
  if (line.startsWith('}')) return closeBlock(reader);
  return reader.entry === undefined ? readSetting(reader, line) : readEntryLine(reader.entry, line);
}

/** Title of a line `menuentry 'title' … {`: one blank, then a quote; a quote and a blank end the title. */
function entryTitle(line: string): string | undefined {
  const prefix = 'menuentry ';
  if (!line.startsWith(prefix) || !/["']/.test(line.charAt(prefix.length))) return undefined;
  const start = prefix.length + 1;
  const brace = line.lastIndexOf('{');
  const quote = line.slice(start).search(/["'] /);
  return quote < 0 || start + quote + 2 > brace ? undefined : strip(line.slice(start, start + quote));
}

function openEntry(reader: Reader, title: string): string | undefined {
  if (reader.entry !== undefined) return `a menuentry stands inside the entry "${reader.entry.title}"`;
  reader.entry = { title, commandLine: '' };
  return undefined;
}

function closeBlock(reader: Reader): string | undefined {
  if (reader.entry !== undefined) {
    reader.entries.push(reader.entry);
    reader.entry = undefined;
    return undefined;
  }
  if (reader.submenus === 0) return 'a closing brace stands outside of every entry that pygrub recognises';
  reader.submenus -= 1;
  return undefined;
}

interface Command {
  readonly name: string;
  readonly argument: string;
}

function readSetting(reader: Reader, line: string): string | undefined {
  const command = readCommand(line);
  if (command === undefined) return `pygrub can't read "${line}"`;
  if (command.name === 'set:timeout') reader.timeout = withoutVariables(command.argument);
  if (command.name !== 'set:default') return undefined;
  reader.default = parseInteger(withoutVariables(command.argument)) ?? 0;
  return reader.default < 0 ? 'the default entry has a negative number' : undefined;
}

/** The only variables that it knows, and takes for 0. */
const withoutVariables = (value: string): string =>
  /^\$\{(?:saved|next)_entry\}$/.test(value) ? '0' : value;

function readEntryLine(entry: PygrubEntry, line: string): string | undefined {
  const command = readCommand(line);
  if (command === undefined) return `pygrub can't read "${line}"`;
  switch (command.name) {
    case 'set:root':
      return isDiskName(command.argument) ? undefined : `pygrub can't read the device in "${line}"`;
    case 'linux':
    case 'linux16':
      return readKernel(entry, command.argument) ? undefined : `pygrub can't read the device in "${line}"`;
    case 'initrd':
    case 'initrd16': {
      const path = pathWithoutDisk(command.argument);
      if (path === undefined) return `pygrub can't read the device in "${line}"`;
      entry.initramfs = path;
      return undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Takes kernel and arguments from what follows `linux` or `kernel`; false where pygrub can't read it. Only a blank parts
 * them; after a tab alone everything counts as the path.
 */
export function readKernel(entry: PygrubEntry, argument: string): boolean {
  const [kernel = '', commandLine = ''] = argument.includes(' ') ? splitAtSpaces(argument, 1) : [argument];
  const path = pathWithoutDisk(kernel);
  if (path === undefined) return false;
  entry.kernel = path;
  entry.commandLine = commandLine;
  return true;
}

/** Undefined where pygrub raises an exception: `set` wants exactly one name and one value. */
function readCommand(line: string): Command | undefined {
  const [name = '', argument = ''] = splitCommand(line, 1);
  if (name !== 'set') return { name, argument: strip(argument) };
  const parts = splitCommand(argument, 2);
  const [variable, value] = parts;
  if (variable === undefined || value === undefined || parts.length > 2) return undefined;
  return { name: `set:${variable}`, argument: strip(unquoted(value)) };
}

/** grub_split() of GrubConf.py, at most `limit` times: at `=` if that comes before the first blank or tab, else at blanks. */
export function splitCommand(text: string, limit: number): string[] {
  const equals = text.indexOf('=');
  const blank = text.search(/[ \t]/);
  const atEquals = equals >= 0 && (blank < 0 || equals < blank);
  return atEquals ? splitAt(text, '=', limit) : splitAtSpaces(text, limit);
}

/** What stands between a quote at the start and the last quote of that kind; what follows is lost. */
function unquoted(value: string): string {
  const quote = value.charAt(0);
  if (quote !== '"' && quote !== "'") return value;
  const close = value.lastIndexOf(quote);
  return close === 0 ? value : value.slice(1, close);
}

/** The path behind `(hd0,1)`; undefined where pygrub can't read that device. */
export function pathWithoutDisk(text: string): string | undefined {
  if (!text.startsWith('(')) return text;
  const close = text.indexOf(')');
  return close < 0 || !isDiskName(text.slice(0, close)) ? undefined : text.slice(close + 1);
}

/** `hd0,msdos1`, `(hd0,gpt2`, `/dev/xvda`; everything else makes pygrub skip the whole partition. */
export function isDiskName(text: string): boolean {
  const parts = text.split(',');
  const [disk = '', part] = parts.map((name) => name.replace(/[()]/g, ''));
  if (parts.length > 2) return false;
  const diskIsKnown = disk.startsWith('/dev/xvd')
    ? disk.length > '/dev/xvd'.length
    : parseInteger(disk.slice(2)) !== undefined;
  return (
    diskIsKnown &&
    (part === undefined || parseInteger(part.replace(/^msdos/, '').replace(/^gpt/, '')) !== undefined)
  );
}
