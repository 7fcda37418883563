import { Buffer } from 'node:buffer';
import { type PygrubConfig, type PygrubEntry, type PygrubFailure, parseAsPygrub } from './pygrub-config.js';
import { parseExtlinuxAsPygrub } from './pygrub-extlinux.js';
import { parseMenuAsPygrub } from './pygrub-menu.js';
import { parseInteger } from './python-text.js';

/** What pygrub hands to Xen. Paths are as written in grub.cfg, relative to the file system that holds it. */
export interface PygrubChoice {
  readonly kind: 'boots';
  readonly kernel: string;
  readonly initramfs?: string;
  readonly commandLine: string;
  readonly title: string;
  /** Number of the entry when all submenus are flattened and don't count themselves. */
  readonly index: number;
  /**
   * Seconds that its menu waits; below 1 it waits one second (measured with 4.17). Undefined when the file's value
   * isn't a number: pygrub then fails, unless it is started with -q.
   */
  readonly timeout: number | undefined;
}

interface PygrubRefusal {
  readonly kind: 'refuses';
  /** In words for people. */
  readonly reason: string;
}

/** It reads no more of a file than this. */
const maxBytes = 1024 * 1024;

/**
 * What pygrub boots by default from a grub.cfg, given as a byte string; whether the files exist isn't looked at.
 * Same answer as the real program of Xen 4.17, kept so by test/system/pygrub.test.ts; so with the other two.
 */
export const readAsPygrub = (text: string): PygrubAnswer => read(text, parseAsPygrub);

/** What pygrub boots by default from GRUB legacy's menu.lst. */
export const readMenuAsPygrub = (text: string): PygrubAnswer => read(text, parseMenuAsPygrub);

/** What pygrub boots by default from an extlinux.conf. */
export const readExtlinuxAsPygrub = (text: string): PygrubAnswer => read(text, parseExtlinuxAsPygrub);

export type PygrubAnswer = PygrubChoice | PygrubRefusal;

function read(text: string, parse: (text: string) => PygrubConfig | PygrubFailure): PygrubAnswer {
  const decoded = decodeUtf8(text.slice(0, maxBytes));
  if (decoded === undefined) return refusal("it isn't valid UTF-8");
  const config = parse(decoded);
  if ('failure' in config) return refusal(config.failure);
  const index = config.default < config.entries.length ? config.default : 0;
  const entry = config.entries[index];
  if (entry === undefined) return refusal('it has no menu entry that pygrub recognises');
  return choose(entry, index, parseInteger(config.timeout));
}

function choose(
  entry: PygrubEntry,
  index: number,
  timeout: number | undefined,
): PygrubChoice | PygrubRefusal {
  const { kernel = '', initramfs = '', commandLine, title } = entry;
  if (kernel === '') return refusal(`its default entry "${title}" names no kernel`);
  if (/\0/.test(kernel + initramfs + commandLine))
    return refusal(`its entry "${title}" contains a zero byte`);
  return {
    kind: 'boots',
    kernel: encodeUtf8(kernel),
    ...(initramfs === '' ? {} : { initramfs: encodeUtf8(initramfs) }),
    commandLine: encodeUtf8(commandLine),
    title: encodeUtf8(title),
    index,
    timeout,
  };
}

const refusal = (reason: string): PygrubRefusal => ({ kind: 'refuses', reason: encodeUtf8(reason) });

const encodeUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function decodeUtf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}
