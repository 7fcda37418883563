import {
  type ExtlinuxCommand,
  type ExtlinuxConfig,
  type ExtlinuxEntry,
  lastOf,
  parseExtlinux,
} from './extlinux.js';
import { type Replacement, replaceRanges } from './replace-ranges.js';

/**
 * Writes every Linux entry in the words that pygrub knows, too: KERNEL and APPEND with `initrd=`, absolute paths, one
 * after the other. extlinux takes them for the same. `map` is applied to the command lines; `folder` is where relative
 * paths start.
 */
export function convertExtlinux(text: string, folder: string, map: (text: string) => string): string {
  const config = parseExtlinux(text);
  const changed = config.entries.flatMap((entry) => entryReplacements(config, entry, folder, map));
  return withTimeout(replaceRanges(text, changed), config);
}

function entryReplacements(
  { settings }: ExtlinuxConfig,
  { commands }: ExtlinuxEntry,
  folder: string,
  map: (text: string) => string,
): Replacement[] {
  const kernel = lastOf(commands, 'linux', 'kernel');
  if (kernel === undefined || !/(?:^|\/)(?:vmlinu[xz]|bzImage|kernel)[^/]*$/.test(kernel.argument)) return [];
  const appends = commands.filter(({ name }) => name === 'append');
  const [append] = appends.slice(-1);
  const initramfs = lastOf(commands, 'initrd');
  // No `initrd=` can name a file with blanks, so there is nothing to write: such an entry stays.
  if (/[ \t]/.test(initramfs?.argument ?? '')) return [];
  const own = append?.argument ?? '';
  const commandLine = own === '' ? (lastOf(settings, 'append')?.argument ?? '') : own;
  const mapped = withInitramfs(map(commandLine), initramfs?.argument, folder);
  const path = absolute(kernel.argument, folder);
  const loading = [
    ...(kernel.name === 'kernel' ? [] : [{ range: kernel.keyword, text: 'kernel' }]),
    ...linesNamed(commands, 'initrd'),
  ];
  const isPlain = append !== undefined && appends.length === 1 && append.range.start > kernel.range.start;
  if (isPlain) return [...loading, { range: kernel.range, text: path }, withValue(append, mapped)];
  const indent = ' '.repeat(kernel.keyword.start - kernel.line.start);
  const line = mapped === '' ? '' : `\n${indent}append ${mapped}`;
  return [...loading, { range: kernel.range, text: path + line }, ...linesNamed(commands, 'append')];
}

/** Takes whole lines away. */
const linesNamed = (commands: readonly ExtlinuxCommand[], gone: string): Replacement[] =>
  commands.filter(({ name }) => name === gone).map(({ line }) => ({ range: line, text: '' }));

function withInitramfs(commandLine: string, initramfs: string | undefined, folder: string): string {
  const own = /(?:^|[ \t])initrd=([^ \t]+)/.exec(commandLine)?.[1];
  if (own !== undefined) return commandLine.replace(`initrd=${own}`, () => `initrd=${absolute(own, folder)}`);
  if (initramfs === undefined || initramfs === '' || commandLine === '-') return commandLine;
  return `initrd=${absolute(initramfs, folder)} ${commandLine}`.trimEnd();
}

function absolute(path: string, folder: string): string {
  if (path.startsWith('/') || path === '') return path;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** extlinux counts tenths of a second, pygrub seconds; without one, both wait for a key. One second, and ten. */
const stockTimeout = '10';

function withTimeout(text: string, { settings }: ExtlinuxConfig): string {
  const present = lastOf(settings, 'timeout');
  if (present !== undefined && /^[1-9][0-9]{0,8}$/.test(present.argument)) return text;
  return setSetting(text, 'timeout', stockTimeout);
}

/** Makes every command of that name say this, or adds one before the first label. */
export function setSetting(text: string, name: string, value: string): string {
  const { settings, entries } = parseExtlinux(text);
  const present = settings.filter((command) => command.name === name);
  if (present.length > 0)
    return replaceRanges(
      text,
      present.map((command) => withValue(command, value)),
    );
  const at = entries[0]?.commands[0]?.line.start ?? 0;
  return `${text.slice(0, at)}${name} ${value}\n${text.slice(at)}`;
}

/** A keyword without an argument has no blank behind it. */
const withValue = ({ range, argument }: ExtlinuxCommand, value: string): Replacement => ({
  range,
  text: argument === '' && value !== '' ? ` ${value}` : value,
});
