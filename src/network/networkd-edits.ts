import { type IniLine, iniEntry, lineEndOf, parseIni, printIni, withIniValue } from '../guest-files/ini.js';
import { entriesIn, type NetworkdFile, type NetworkdText } from './networkd-files.js';

/** An IPv4 configuration as a .network file says it. */
export interface NetworkdStatic {
  /** With prefix length: `18.181.3.4/16`. */
  readonly address: string;
  readonly gateway?: string;
  /** Empty: name servers stay as they are. */
  readonly dns: readonly string[];
}

/**
 * The texts with a fixed address in place of DHCP's. The place of the last `DHCP=` gets it; everything else stays,
 * [DHCPv4] sections too, which mean nothing without DHCP.
 */
export function networkWithAddress(file: NetworkdFile, wanted: NetworkdStatic): NetworkdText[] {
  const home = file.texts.findLast(({ text }) => parseIni(text, 'systemd').some(isDhcp));
  const keepsIpv6 = wantsIpv6(file);
  return file.texts.map((each) => {
    const lines = parseIni(each.text, 'systemd');
    const last = each === home ? lines.findLast(isDhcp) : undefined;
    const end = lineEndOf(each.text);
    const after = lines.flatMap((line): IniLine[] => {
      if (line === last) return fixedLines(line, wanted, keepsIpv6, end);
      return isReplaced(line, wanted) ? [] : [withGateway(line, wanted)];
    });
    return { path: each.path, text: printIni(after) };
  });
}

/**
 * Replaces one interface's name wherever these files mean it. `keys` beyond [Match] are those that name an interface
 * which isn't made by a .netdev file.
 */
export function networkWithName(text: string, from: string, to: string): string {
  const lines = parseIni(text, 'systemd').map((line) => {
    if (line.kind !== 'entry' || !namesInterface(line)) return line;
    const words = line.value.split(/([ \t]+)/).map((word) => renamedWord(word, from, to));
    const value = words.join('');
    return value === line.value ? line : withIniValue(line, value);
  });
  return printIni(lines);
}

/** The texts with these patterns added to what [Match] takes, behind the last `Name=` that isn't an inverted list. */
export function networkWithNames(file: NetworkdFile, added: readonly string[]): NetworkdText[] {
  const isName = ({ kind, section, key, value }: IniLine) =>
    kind === 'entry' && section === 'Match' && key === 'Name' && /^[^!]/.test(value);
  const home = file.texts.findLast(({ text }) => parseIni(text, 'systemd').some(isName));
  return file.texts.map((each) => {
    if (each !== home) return each;
    const lines = parseIni(each.text, 'systemd');
    const last = lines.findLast(isName);
    const after = lines.map((line) =>
      line === last ? withIniValue(line, `${line.value} ${added.join(' ')}`) : line,
    );
    return { path: each.path, text: printIni(after) };
  });
}

/**
 * The texts with `Name=` in place of conditions that no longer hold, behind every other `Name=`, of which an empty one
 * would take it back. A file that takes names already gets none.
 */
export function networkByName(file: NetworkdFile, keys: readonly string[], name: string): NetworkdText[] {
  const isDone = (file.match.get('Name') ?? []).some((word) => !word.startsWith('!'));
  const isCondition = ({ kind, section, key }: IniLine) =>
    kind === 'entry' && section === 'Match' && keys.includes(key);
  const isPlace = (line: IniLine) =>
    isCondition(line) || (line.kind === 'entry' && line.section === 'Match' && line.key === 'Name');
  const home = file.texts.findLast(({ text }) => parseIni(text, 'systemd').some(isPlace));
  return file.texts.map((each) => {
    const lines = parseIni(each.text, 'systemd');
    const end = lineEndOf(each.text);
    const last = each === home && !isDone ? lines.findLast(isPlace) : undefined;
    const after = lines.flatMap((line): IniLine[] => {
      const kept = isCondition(line) ? [] : [line];
      if (line !== last) return kept;
      const closed = kept.map((own) => (own.raw.endsWith('\n') ? own : { ...own, raw: `${own.raw}${end}` }));
      return [...closed, iniEntry('Name', name, line, end)];
    });
    return { path: each.path, text: printIni(after) };
  });
}

/** One text for a single interface, made of all texts of a file that is for several. */
export function networkForOne(file: NetworkdFile, name: string): string {
  const whole = file.texts.map(({ text }) => (text.endsWith('\n') ? text : `${text}\n`)).join('');
  const rest = printIni(parseIni(whole, 'systemd').filter(({ section }) => section !== 'Match'));
  return `[Match]\nName=${name}\n\n${rest.replace(/^\n+/, '')}`;
}

const isDhcp = ({ kind, section, key }: IniLine): boolean =>
  kind === 'entry' && section === 'Network' && key === 'DHCP';

function fixedLines(line: IniLine, wanted: NetworkdStatic, keepsIpv6: boolean, end: string): IniLine[] {
  const entry = (key: string, value: string) => iniEntry(key, value, line, end);
  return [
    ...(keepsIpv6 ? [withIniValue(line, 'ipv6')] : []),
    entry('Address', wanted.address),
    ...(wanted.gateway === undefined ? [] : [entry('Gateway', wanted.gateway)]),
    ...wanted.dns.map((server) => entry('DNS', server)),
  ];
}

/**
 * Router advertisements start DHCPv6 whatever `DHCP=` says, and `DHCP=ipv6` would keep the link "configuring", and the
 * boot waiting, as long as no server answers. So it stays only where the file doesn't listen to routers.
 */
function wantsIpv6(file: NetworkdFile): boolean {
  const last = entriesIn(file, 'Network').findLast(({ key }) => key === 'DHCP')?.value ?? '';
  if (!/^(?:yes|true|on|1|y|t|both)$/i.test(last)) return false;
  const entries = file.texts.flatMap(({ text }) => parseIni(text, 'systemd'));
  return entries.some(
    ({ section, key, value }) =>
      (section === 'Network' &&
        /^IPv6Accept(?:RA|RouterAdvertisements)$/.test(key) &&
        /^(?:no|false|off|0|n|f)$/i.test(value)) ||
      (section === 'DHCPv6' && key === 'WithoutRA' && value !== '' && value !== 'no'),
  );
}

const isIpv4 = (value: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(value);

/** What the fixed address takes the place of. Several DNS= lines are a list, and the wanted one is whole. */
function isReplaced(line: IniLine, wanted: NetworkdStatic): boolean {
  if (line.kind !== 'entry' || line.section !== 'Network') return false;
  if (line.key === 'DHCP') return true;
  if (line.key === 'DNS') return wanted.dns.length > 0;
  if (line.key !== 'Gateway') return false;
  return /^_dhcp4?$/.test(line.value) || (wanted.gateway !== undefined && isIpv4(line.value));
}

/** A route by way of the gateway that DHCP would have named. */
const withGateway = (line: IniLine, { gateway }: NetworkdStatic): IniLine =>
  line.kind === 'entry' &&
  line.section === 'Route' &&
  line.key === 'Gateway' &&
  gateway !== undefined &&
  /^_dhcp4?$/.test(line.value)
    ? withIniValue(line, gateway)
    : line;

/** Keys whose value is a list of names of interfaces, by section. */
const nameKeys: Readonly<Record<string, readonly string[]>> = {
  Match: ['Name'],
  Network: ['BindCarrier'],
  RoutingPolicyRule: ['IncomingInterface', 'OutgoingInterface'],
  DHCPServer: ['UplinkInterface'],
  IPv6SendRA: ['UplinkInterface'],
  DHCPPrefixDelegation: ['UplinkInterface'],
};

const namesInterface = ({ section, key }: IniLine): boolean => nameKeys[section]?.includes(key) ?? false;

const renamedWord = (word: string, from: string, to: string): string => {
  const [, before = '', name = '', after = ''] = /^(["!]*)(.*?)("?)$/s.exec(word) ?? [];
  return name === from ? `${before}${to}${after}` : word;
};
