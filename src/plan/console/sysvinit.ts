import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import {
  commentOutLines,
  type InittabEntry,
  insertLine,
  isStarted,
  readInittab,
} from '../../guest-files/inittab.js';
import type { Edit, GuestTree } from '../../model.js';
import { gettyOf, isSerialPort, loginReason, loginTerminal, serialReason } from './login-command.js';

const inittab = '/etc/inittab';

/**
 * A login on each of the devices, and none on serial ports. The new line has tty1's runlevels and stands behind the
 * virtual terminals' lines; those stay, for a PV guest has such terminals too, only nobody sees them.
 */
export function sysvinitLogins(tree: GuestTree, devices: readonly string[]): Edit[] {
  const files = readFiles(tree);
  const edits = files.flatMap(({ path, text }) => withoutSerialLogins(path, text));
  const main = edits.find(({ path }) => path === inittab)?.node;
  const text = main?.kind === 'file' ? main.text : (textAt(tree, inittab) ?? '');
  const entries = files.flatMap((file) => readInittab(file.text));
  return [...edits, ...newLogins(text, entries, devices)];
}

interface File {
  readonly path: string;
  readonly text: string;
}

/** sysvinit since 2.97 reads /etc/inittab.d/*.tab too. */
function readFiles(tree: GuestTree): File[] {
  const parts = namesIn(tree, '/etc/inittab.d').filter((name) => /^[^.].*\.tab$/.test(name));
  return [inittab, ...parts.map((name) => `/etc/inittab.d/${name}`)].flatMap((path) => {
    const text = textAt(tree, path);
    return text === undefined ? [] : [{ path, text }];
  });
}

function withoutSerialLogins(path: string, text: string): Edit[] {
  const logins = readInittab(text).filter(
    (entry) => isStarted(entry) && isSerialPort(loginTerminal(entry.process)),
  );
  if (logins.length === 0) return [];
  const edited = commentOutLines(
    text,
    logins.map(({ line }) => line),
  );
  const [device = ''] = logins.map(({ process }) => loginTerminal(process));
  return [{ path, node: { kind: 'file', text: edited }, reason: serialReason(device) }];
}

function newLogins(text: string, entries: readonly InittabEntry[], devices: readonly string[]): Edit[] {
  const level = entries.find(({ action }) => action === 'initdefault')?.runlevels.charAt(0) ?? '2';
  const missing = devices.filter((device) => !entries.some((entry) => isLoginOn(entry, device, level)));
  const ids = new Set(entries.map(({ id }) => id));
  const edits: Edit[] = [];
  let edited = text;
  for (const device of missing) {
    edited = withLogin(edited, device, freeId(device, ids));
    edits.push({ path: inittab, node: { kind: 'file', text: edited }, reason: loginReason(device) });
  }
  return edits;
}

/** A login on `console` is one on whatever device the console is. Without runlevels an entry holds in all of them. */
function isLoginOn(entry: InittabEntry, device: string, level: string): boolean {
  const terminal = loginTerminal(entry.process);
  const isInLevel = entry.runlevels === '' || entry.runlevels.includes(level);
  return entry.action === 'respawn' && isInLevel && (terminal === device || terminal === 'console');
}

function withLogin(text: string, device: string, id: string): string {
  const entries = readInittab(text);
  const terminals = entries.filter(({ process }) => /^tty[1-6]$/.test(loginTerminal(process) ?? ''));
  const model = terminals.find(({ process }) => loginTerminal(process) === 'tty1') ?? terminals[0];
  const last = entries
    .filter(({ process }) => /^(?:tty[1-6]|[hx]vc\d)$/.test(loginTerminal(process) ?? ''))
    .at(-1);
  const process = `${gettyOf(model?.process ?? '')} 38400 ${device}`;
  return insertLine(text, `${id}:${model?.runlevels ?? '2345'}:respawn:${process}`, last?.line);
}

/** Four characters at most, and no other entry's: init skips the second of two entries with one id. */
function freeId(device: string, taken: ReadonlySet<string>): string {
  const numbers = Array.from({ length: 100 }, (_, index) => `${device.charAt(0)}${index}`);
  return [device, ...numbers].find((id) => !taken.has(id)) ?? device;
}
