import { type GrubWord, grubWords } from './grub2-words.js';
import type { TextRange } from './replace-ranges.js';

/** A line that loads a Linux kernel: `linux`, `linux16`, `linuxefi`, or `module` of a hypervisor. */
interface LinuxLine {
  readonly command: string;
  /** As GRUB sees it: relative to its `root`, quotes resolved. */
  readonly kernel: string;
  /** What follows the path and its blanks, up to the end of the line. */
  readonly arguments: TextRange;
}

export interface GrubEntry {
  readonly kind: 'entry';
  readonly title: string;
  readonly id: string | undefined;
  readonly linux: readonly LinuxLine[];
  /** Paths of each `initrd` line. */
  readonly initramfs: readonly (readonly string[])[];
  /** The entry starts a hypervisor, which loads Linux itself. */
  readonly isHypervisor: boolean;
}

interface GrubSubmenu {
  readonly kind: 'submenu';
  readonly title: string;
  readonly id: string | undefined;
  readonly items: readonly GrubItem[];
}

export type GrubItem = GrubEntry | GrubSubmenu;

/** A `set default=…` or `set timeout=…` outside of entries and functions. */
export interface GrubSetting {
  readonly name: 'default' | 'timeout';
  readonly value: string;
  readonly range: TextRange;
}

export interface GrubConfig {
  readonly items: readonly GrubItem[];
  readonly settings: readonly GrubSetting[];
  /** It takes entries from files below /boot/loader. */
  readonly usesBootLoaderSpecification: boolean;
}

type Block = { readonly kind: 'other' } | OpenEntry | OpenSubmenu;
type OpenEntry = Mutable<GrubEntry, 'linux' | 'initramfs'>;
type OpenSubmenu = Mutable<GrubSubmenu, 'items'>;
type Mutable<T, K extends keyof T> = { -readonly [P in keyof T]: P extends K ? Unlocked<T[P]> : T[P] };
type Unlocked<T> = T extends readonly (infer Item)[] ? Item[] : T;

interface Reader {
  readonly items: GrubItem[];
  readonly settings: GrubSetting[];
  readonly open: Block[];
  /** Blocks opened inside `maxDepth` others, and not closed yet. */
  deeper: number;
  usesBootLoaderSpecification: boolean;
}

/** Nobody nests so deep, and what reads submenus recurses: a million of them would end the stack. */
const maxDepth = 100;

/**
 * Reads a grub.cfg line by line as grub-mkconfig and people write it. Conditions aren't evaluated: entries inside
 * `if` count as present. Total; what it doesn't know it passes over, as it does with entries in more than 100 blocks.
 */
export function parseGrubConfig(text: string): GrubConfig {
  const reader: Reader = { items: [], settings: [], open: [], deeper: 0, usesBootLoaderSpecification: false };
  let start = 0;
  for (const line of text.split('\n')) {
    readLine(reader, line, start);
    start += line.length + 1;
  }
  reader.deeper = 0;
  while (reader.open.length > 0) closeBlock(reader);
  return reader;
}

function readLine(reader: Reader, line: string, start: number): void {
  const [first, ...rest] = grubWords(line);
  if (first === undefined) return;
  if (first.text.startsWith('}')) closeBlock(reader);
  else if (opensBlock(line, rest)) {
    openBlock(reader, first.text, rest);
    if (closesOnSameLine(line)) closeBlock(reader);
  } else readCommand(reader, line, start, first, rest);
}

/** What follows the brace on the same line is passed over: grub-mkconfig puts nothing there, pygrub doesn't see it. */
const opensBlock = (line: string, words: readonly GrubWord[]): boolean =>
  words.some(({ text }) => text === '{') || /\{[ \t\r]*(?:#.*)?$/.test(line);

const closesOnSameLine = (line: string): boolean => /[ \t;]\}[ \t\r]*$/.test(line);

function openBlock(reader: Reader, command: string, words: readonly GrubWord[]): void {
  const title = words[0]?.text ?? '';
  const id = idOf(words);
  if (reader.open.length >= maxDepth) reader.deeper += 1;
  else if (command === 'menuentry') {
    reader.open.push({ kind: 'entry', title, id, linux: [], initramfs: [], isHypervisor: false });
  } else if (command === 'submenu') reader.open.push({ kind: 'submenu', title, id, items: [] });
  else reader.open.push({ kind: 'other' });
}

/** grub-mkconfig writes the option as a variable, for old versions of GRUB that don't know it. */
function idOf(words: readonly GrubWord[]): string | undefined {
  const option = words.findIndex(({ text }) => text === '--id' || /^\$\{?menuentry_id_option\}?$/.test(text));
  if (option >= 0) return words[option + 1]?.text;
  return words.find(({ text }) => text.startsWith('--id='))?.text.slice('--id='.length);
}

function closeBlock(reader: Reader): void {
  if (reader.deeper > 0) {
    reader.deeper -= 1;
    return;
  }
  const closed = reader.open.pop();
  if (closed === undefined || closed.kind === 'other') return;
  const parent = reader.open.findLast((block) => block.kind === 'submenu');
  (parent?.kind === 'submenu' ? parent.items : reader.items).push(closed);
}

function readCommand(
  reader: Reader,
  line: string,
  start: number,
  command: GrubWord,
  words: readonly GrubWord[],
): void {
  const entry = reader.open.findLast((block) => block.kind === 'entry');
  if (entry?.kind === 'entry') readEntryLine(entry, reader, line, start, command.text, words);
  if (command.text === 'blscfg') reader.usesBootLoaderSpecification = true;
  if (reader.open.some(({ kind }) => kind !== 'submenu')) return;
  const setting = readSetting(line, start, command, words);
  if (setting !== undefined) reader.settings.push(setting);
}

/** Both `set name=value` and `name=value` set a variable. */
function readSetting(
  line: string,
  start: number,
  command: GrubWord,
  words: readonly GrubWord[],
): GrubSetting | undefined {
  const word = command.text === 'set' ? words[0] : command;
  const name = /^(default|timeout)=/.exec(word?.text ?? '')?.[1];
  if (word === undefined || (name !== 'default' && name !== 'timeout')) return undefined;
  const offset = name.length + 1;
  if (line.slice(word.start, word.start + offset) !== `${name}=`) return undefined;
  const range = { start: start + word.start + offset, end: start + word.end };
  return { name, value: word.text.slice(offset), range };
}

function readEntryLine(
  entry: OpenEntry,
  reader: Reader,
  line: string,
  start: number,
  command: string,
  words: readonly GrubWord[],
): void {
  if (/^multiboot2?$|^xen_hypervisor$/.test(command)) markAsHypervisor(entry, reader);
  if (/^initrd(?:16|efi)?$/.test(command)) entry.initramfs.push(words.map(({ text }) => text));
  const [kernel] = words;
  if (kernel === undefined || !loadsLinux(command, kernel.text)) return;
  const end = start + line.replace(/\r$/, '').length;
  const behind = line.slice(kernel.end).search(/[^ \t]/);
  const first = behind < 0 ? end : Math.min(end, start + kernel.end + behind);
  entry.linux.push({ command, kernel: kernel.text, arguments: { start: first, end } });
}

function markAsHypervisor(entry: OpenEntry, reader: Reader): void {
  const at = reader.open.indexOf(entry);
  if (at >= 0) reader.open[at] = { ...entry, isHypervisor: true };
}

/** The memory test is loaded by the same commands and has parameters of its own. */
function loadsLinux(command: string, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^linux(?:16|efi)?$/.test(command)) return !/^memtest/.test(name);
  return /^(?:module2?|xen_module)$/.test(command) && /^(?:vmlinu[xz]|kernel)-/.test(name);
}

/** Every entry in the order of the text, submenus flattened. */
export function allEntries(items: readonly GrubItem[]): GrubEntry[] {
  return items.flatMap((item) => (item.kind === 'entry' ? [item] : allEntries(item.items)));
}
