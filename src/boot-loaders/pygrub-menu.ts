import {
  isDiskName,
  type PygrubConfig,
  type PygrubEntry,
  type PygrubFailure,
  pathWithoutDisk,
  readKernel,
  splitCommand,
} from './pygrub-config.js';
import { parseInteger, strip } from './python-text.js';

interface Reader extends PygrubConfig {
  entry: { readonly title: string; readonly lines: string[] } | undefined;
}

/**
 * Reads GRUB legacy's menu.lst with exactly the limits of pygrub's own parser (Xen 4.14 to 4.20, grub/GrubConf.py,
 * GrubConfigFile).
 */
export function parseMenuAsPygrub(text: string): PygrubConfig | PygrubFailure {
  const reader: Reader = { entries: [], default: 0, timeout: '-1', entry: undefined };
  for (const [index, line] of text.split('\n').map(strip).entries()) {
    const failure = line === '' || line.startsWith('#') ? undefined : readLine(reader, line);
    if (failure !== undefined) return { failure: `${failure} (line ${index + 1})` };
  }
  // A last entry without any line is none; an earlier one is.
  const failure = reader.entry?.lines.length === 0 ? undefined : closeEntry(reader);
  return failure === undefined ? reader : { failure };
}

function readLine(reader: Reader, line: string): string | undefined {
  if (line.startsWith('title')) {
    const failure = closeEntry(reader);
    reader.entry = { title: strip(line.slice('title '.length)), lines: [] };
    return failure;
  }
  if (reader.entry === undefined) return readSetting(reader, line);
  reader.entry.lines.push(line);
  return undefined;
}

function readSetting(reader: Reader, line: string): string | undefined {
  const [name = '', value = ''] = splitCommand(line, 1).map(strip);
  if (name === 'timeout') reader.timeout = value;
  if (name === 'splashimage' && pathWithoutDisk(value) === undefined) return unreadable(line);
  if (name !== 'default') return undefined;
  reader.default = value === 'saved' ? 0 : (parseInteger(value) ?? 0);
  return reader.default < 0 ? 'the default entry has a negative number' : undefined;
}

function closeEntry(reader: Reader): string | undefined {
  if (reader.entry === undefined) return undefined;
  const entry: PygrubEntry = { title: reader.entry.title, commandLine: '' };
  reader.entries.push(entry);
  const wrong = reader.entry.lines.find((line) => !readEntryLine(entry, line));
  return wrong === undefined ? undefined : unreadable(wrong);
}

const unreadable = (line: string): string => `pygrub can't read the device in "${line}"`;

/** Whether it can be read. */
function readEntryLine(entry: PygrubEntry, line: string): boolean {
  const [name = '', argument = ''] = splitCommand(line, 1).map(strip);
  if (name === 'root' || name === 'rootnoverify') return isDiskName(argument);
  if (name === 'kernel') return readKernel(entry, argument);
  if (name !== 'initrd') return true;
  const path = pathWithoutDisk(argument);
  entry.initramfs = path ?? '';
  return path !== undefined;
}
