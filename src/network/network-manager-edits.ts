import { type IniLine, iniEntry, lineEndOf, parseIni, printIni, withIniValue } from '../guest-files/ini.js';
import { listWords } from './network-manager-profiles.js';

/** An IPv4 configuration as a key file says it. */
export interface ProfileStatic {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
  /** Empty: name servers stay as they are. */
  readonly dns: readonly string[];
  /** The form of NetworkManager before 0.9.10: `addresses1=1.2.3.4;8;1.0.0.1;`. */
  readonly isOld: boolean;
}

/**
 * A profile's text with a fixed IPv4 address in place of DHCP's. Keys that only DHCP reads stay, they mean nothing then;
 * so do further addresses, which a profile may have beside DHCP.
 */
export function profileWithAddress(text: string, wanted: ProfileStatic): string {
  const lines = withSection(parseIni(text, 'glib'), 'ipv4', lineEndOf(text));
  const neverDefault = lines.some(
    (line) => isIn(line, 'ipv4') && line.key === 'never-default' && line.value === 'true',
  );
  const settings = settingsOf(lines, neverDefault ? { ...wanted, gateway: '' } : wanted);
  return printIni(
    settings.reduce(
      (before, [key, value]) => setIn(before, 'ipv4', key, value, lineEndOf(text)),
      gatewayless(lines, wanted),
    ),
  );
}

/** A profile's text with an interface's name replaced wherever it means that interface. */
export function profileWithName(text: string, from: string, to: string): string {
  const lines = parseIni(text, 'glib').map((line) => {
    if (line.kind !== 'entry' || !nameKeys.has(`${line.section}.${line.key}`)) return line;
    const value = line.value
      .split(/([;, \t]+)/)
      .map((word) => (word === from ? to : word))
      .join('');
    return value === line.value ? line : withIniValue(line, value);
  });
  return printIni(lines);
}

/** A profile's text that is for the interface of this name, and no longer for what emulated hardware it was. */
export function profileByName(text: string, name: string): string {
  const lines = parseIni(text, 'glib').filter(
    (line) => !(isIn(line, 'match') && (line.key === 'path' || line.key === 'driver')),
  );
  const isBound = lines.some(
    (line) => isIn(line, 'connection') && line.key === 'interface-name' && line.value !== '',
  );
  return printIni(isBound ? lines : setIn(lines, 'connection', 'interface-name', name, lineEndOf(text)));
}

/** A profile's text with this `autoconnect-priority`: of several that fit a card, the highest is taken. */
export const profileWithPriority = (text: string, priority: number): string =>
  printIni(
    setIn(parseIni(text, 'glib'), 'connection', 'autoconnect-priority', String(priority), lineEndOf(text)),
  );

/** A new profile for one card. The uuid is made of its name, so that the same guest always gets the same. */
export const newProfile = (name: string, uuid: string, wanted: ProfileStatic): string =>
  profileWithAddress(
    `[connection]\nid=${name}\nuuid=${uuid}\ntype=${wanted.isOld ? '802-3-ethernet' : 'ethernet'}\ninterface-name=${name}\nautoconnect-priority=100\n\n[ipv4]\n\n[ipv6]\nmethod=auto\n`,
    wanted,
  );

const isIn = (line: IniLine, section: string): boolean => line.kind === 'entry' && line.section === section;

/** What nm-settings-keyfile(5) calls a name of another interface. */
const nameKeys: ReadonlySet<string> = new Set([
  'connection.interface-name',
  'connection.master',
  'connection.controller',
  'match.interface-name',
  'vlan.parent',
  'macvlan.parent',
  'ethernet.interface-name',
  '802-3-ethernet.interface-name',
  'bond.primary',
]);

function settingsOf(lines: readonly IniLine[], wanted: ProfileStatic): [key: string, value: string][] {
  const { address, prefix, gateway = '', dns, isOld } = wanted;
  const taken = lines
    .filter((line) => isIn(line, 'ipv4'))
    .flatMap(({ key }) => /^address(?:es)?(\d+)$/.exec(key)?.[1] ?? []);
  const number = Math.max(0, ...taken.map(Number)) + 1;
  const own: [string, string] = isOld
    ? [`addresses${number}`, `${address};${prefix};${gateway === '' ? '0.0.0.0' : gateway};`]
    : [`address${number}`, gateway === '' ? `${address}/${prefix}` : `${address}/${prefix},${gateway}`];
  return [
    ['method', 'manual'],
    own,
    ...(dns.length > 0 ? ([['dns', `${dns.join(';')};`]] as [string, string][]) : []),
  ];
}

/** A gateway beside DHCP would be a second one. */
const gatewayless = (lines: readonly IniLine[], { gateway }: ProfileStatic): readonly IniLine[] =>
  gateway === undefined ? lines : lines.filter((line) => !(isIn(line, 'ipv4') && line.key === 'gateway'));

function withSection(lines: readonly IniLine[], section: string, end: string): readonly IniLine[] {
  if (lines.some((line) => line.kind === 'section' && line.section === section)) return lines;
  const last = lines.at(-1);
  const block = (last?.block ?? -1) + 1;
  const header = { raw: `[${section}]${end}`, kind: 'section', section, block, key: '', value: '' } as const;
  const gap = {
    raw: last === undefined || last.raw.endsWith('\n') ? end : `${end}${end}`,
    kind: 'other',
    section: '',
    block,
    key: '',
    value: '',
  } as const;
  return [...lines, ...(last === undefined ? [] : [gap]), header];
}

/** The last entry of the key gets the value; without one, a line is added behind the section's last entry. */
function setIn(
  lines: readonly IniLine[],
  section: string,
  key: string,
  value: string,
  end: string,
): readonly IniLine[] {
  const at = lines.findLastIndex((line) => isIn(line, section) && line.key === key);
  const present = lines[at];
  if (present !== undefined) {
    if (sameList(present.value, value)) return lines;
    return lines.map((line) => (line === present ? withIniValue(present, value) : line));
  }
  const last = lines.findLastIndex((line) => line.section === section && line.kind !== 'other');
  const before = lines[last];
  if (before === undefined) return lines;
  const closed = before.raw.endsWith('\n') ? before : { ...before, raw: `${before.raw}${end}` };
  return [...lines.slice(0, last), closed, iniEntry(key, value, before, end), ...lines.slice(last + 1)];
}

const sameList = (one: string, other: string): boolean =>
  listWords(one).join(';') === listWords(other).join(';');
