import { type PygrubConfig, type PygrubEntry, splitCommand } from './pygrub-config.js';
import { splitAtSpaces, strip } from './python-text.js';

/**
 * Reads extlinux.conf with exactly the limits of pygrub's own parser (Xen 4.14 to 4.20, grub/ExtLinuxConf.py): it
 * knows LABEL, KERNEL and APPEND, neither LINUX nor INITRD, and KERNEL only before APPEND.
 */
export function parseExtlinuxAsPygrub(text: string): PygrubConfig {
  const entries: PygrubEntry[] = [];
  let lines: string[] = [];
  let chosen: string | undefined;
  let timeout = '-1';
  const close = () => {
    if (lines.length > 0) entries.push(readEntry(lines));
  };
  for (const line of text.split('\n').map(strip)) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.toLowerCase().startsWith('label')) {
      close();
      lines = [line];
    } else if (lines.length > 0) lines.push(line);
    else {
      const [name = '', value = ''] = splitCommand(line, 1).map(strip);
      if (name.toLowerCase() === 'default') chosen = value;
      if (name.toLowerCase() === 'timeout') timeout = value;
    }
  }
  close();
  const index = entries.findIndex(({ title }) => title === chosen);
  return { entries, default: Math.max(0, index), timeout };
}

function readEntry(lines: readonly string[]): PygrubEntry {
  const entry: { title: string; kernel?: string; initramfs?: string; commandLine: string } = {
    title: '',
    commandLine: '',
  };
  for (const line of lines) {
    const [name = '', argument = ''] = splitCommand(line, 1).map(strip);
    const command = name.toLowerCase();
    if (command === 'label') entry.title = withoutQuotes(argument);
    if (command === 'kernel') setKernel(entry, withoutQuotes(argument));
    if (command === 'append') append(entry, argument);
  }
  return entry;
}

const withoutQuotes = (text: string): string => strip(text).replace(/^"([^\n]+)"$/, '$1');

function setKernel(entry: PygrubEntry, value: string): void {
  const [kernel = '', commandLine = ''] = value.includes(' ') ? splitAtSpaces(value, 1) : [value];
  entry.kernel = kernel;
  entry.commandLine = commandLine;
}

function append(entry: PygrubEntry, argument: string): void {
  if (entry.kernel?.endsWith('mboot.c32') === true) {
    appendModules(entry, argument.split('---'));
    return;
  }
  const words = entry.kernel === undefined ? [] : strip(argument).split(' ');
  const named = words.filter((word) => word.toLowerCase().startsWith('initrd='));
  // It looks for this spelling first.
  if (!argument.includes('initrd=') || named.length === 0) {
    entry.commandLine = withoutQuotes(argument);
    return;
  }
  entry.initramfs = (named.at(-1) ?? '').replaceAll('initrd=', '');
  entry.commandLine = withoutQuotes(named.reduce((text, word) => text.replaceAll(word, ''), argument));
}

/** `mboot.c32` loads a hypervisor, a kernel and an initramfs, or the last two. */
function appendModules(entry: PygrubEntry, modules: readonly string[]): void {
  if (modules.length !== 2 && modules.length !== 3) return;
  const [kernel = '', initramfs = ''] = modules.slice(-2);
  if (kernel !== '') setKernel(entry, strip(kernel));
  if (initramfs !== '') entry.initramfs = strip(initramfs);
}
