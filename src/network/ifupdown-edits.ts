import {
  type InterfacesLine,
  ifaceHeader,
  parseInterfaces,
  printInterfaces,
  type Stanza,
} from './ifupdown.js';

/** An IPv4 configuration as its lines in /etc/network/interfaces say it: dotted quads. */
export interface StaticConfiguration {
  readonly address: string;
  readonly netmask: string;
  readonly gateway?: string;
  /** Written as `dns-nameservers`, which only means something where resolvconf or systemd-resolved reads it. */
  readonly dns: readonly string[];
}

/** Methods of family inet that ask a server for the address. */
export const serverMethods: ReadonlySet<string> = new Set(['dhcp', 'bootp']);

/**
 * Makes the `inet dhcp` stanza of an interface an `inet static` one. Comments, commands and all options that a
 * static stanza understands stay, in their order; without such a stanza the text comes back as it was.
 */
export function makeStatic(text: string, name: string, configuration: StaticConfiguration): string {
  const stanzas = parseInterfaces(text);
  const at = stanzas.findIndex((stanza) => isServed(stanza, name));
  const stanza = stanzas[at];
  if (stanza === undefined) return text;
  const lines = staticLines(stanza, indentation([stanza, ...stanzas]), configuration);
  return printInterfaces(stanzas.with(at, { ...stanza, lines }));
}

/**
 * Renames a network interface wherever the file means it: stanza headers, ports of bridges and bonds, VLANs
 * (`eth0.5`), aliases (`eth0:0`) and commands. Comments, included files' names and free texts stay.
 */
export function renameInterface(text: string, from: string, to: string): string {
  const pattern = interfacePattern(from);
  const renamed = parseInterfaces(text).map((stanza) => ({
    ...stanza,
    lines: stanza.lines.map((line) => (namesInterfaces(line) ? renamedLine(line, pattern, to) : line)),
  }));
  return printInterfaces(renamed);
}

/**
 * Matches an interface's name where it stands for itself: not inside a longer name or a file's name, but as the
 * parent of a VLAN or alias, and as a part of a path or key of sysfs or sysctl (`net.ipv4.conf.eth0.rp_filter`).
 */
export function interfacePattern(name: string): RegExp {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const alone = `(?<![\\w\\x80-\\xff./$-])${literal}(?![\\w\\x80-\\xff-]|\\.(?!\\d{1,4}(?![\\w.-]))\\w)`;
  const inKey = `(?<=[./](?:net|conf|neigh)[./])${literal}(?![\\w\\x80-\\xff-])`;
  return new RegExp(`${alone}|${inKey}`, 'g');
}

const isServed = (stanza: Stanza, name: string): boolean => {
  const header = ifaceHeader(stanza);
  return header?.name === name && header.family === 'inet' && serverMethods.has(header.method);
};

/** Options that only a DHCP or BOOTP client reads, by interfaces(5). */
const clientOptions = [
  'hostname',
  'leasehours',
  'leasetime',
  'vendor',
  'client',
  'bootfile',
  'server',
  'hwaddr',
];
/** Options that the new configuration sets, or that a static stanza derives from it. */
const addressOptions = ['address', 'netmask', 'broadcast', 'network', 'gateway'];

function staticLines(stanza: Stanza, indent: string, configuration: StaticConfiguration): InterfacesLine[] {
  const { address, netmask, gateway, dns } = configuration;
  const replaced = new Set([...clientOptions, ...addressOptions, ...(dns.length > 0 ? dnsOptions : [])]);
  const [header, ...body] = stanza.lines;
  const options = [`address ${address}`, `netmask ${netmask}`];
  if (gateway !== undefined) options.push(`gateway ${gateway}`);
  if (dns.length > 0) options.push(`dns-nameservers ${dns.join(' ')}`);
  const kept = body.filter(({ words }) => !replaced.has(words[0] ?? ''));
  const end = header?.raw.endsWith('\r\n') ? '\r\n' : '\n';
  // A backslash is left at the end of a header only where the file ends; it would continue into the next line.
  const headerRaw = (header?.raw ?? '').replace(methodWord, '$1static').replace(/\\\n?$/, '');
  const inserted = options.map((option) => ({ raw: `${indent}${option}${end}`, words: option.split(' ') }));
  const complete = { raw: headerRaw.endsWith('\n') ? headerRaw : `${headerRaw}${end}`, words: [] };
  const lines = [complete, ...inserted, ...kept];
  return endsOpen(stanza) ? withoutLastEnd(lines) : lines;
}

const dnsOptions = ['dns-nameservers', 'dns-nameserver'];

/** The method on an `iface` line: the fourth word, also where a backslash continues the line between the words. */
const methodWord =
  /^((?:[ \t\v\f\r]|\\\n)*iface(?:[ \t\v\f\r]|\\\n)+[^ \t\v\f\r\n]+(?:[ \t\v\f\r]|\\\n)+inet(?:[ \t\v\f\r]|\\\n)+)(?:dhcp|bootp)/;

const endsOpen = (stanza: Stanza): boolean => !(stanza.lines.at(-1)?.raw.endsWith('\n') ?? true);

function withoutLastEnd(lines: readonly InterfacesLine[]): InterfacesLine[] {
  return lines.map((line, index) =>
    index === lines.length - 1 ? { ...line, raw: line.raw.replace(/\r?\n$/, '') } : line,
  );
}

/** The blanks before the first option of these stanzas that has any, four spaces when none has. */
function indentation(stanzas: readonly Stanza[]): string {
  for (const { lines } of stanzas.filter(({ keyword }) => keyword === 'iface')) {
    const option = lines.slice(1).find(({ words }) => words.length > 0);
    if (option !== undefined) return /^[ \t]*/.exec(option.raw)?.[0] ?? '';
  }
  return '    ';
}

/** Options whose value is free text. */
const freeTexts: ReadonlySet<string> = new Set(['description', 'hostname', 'client', 'vendor', 'script']);

const namesInterfaces = ({ words }: InterfacesLine): boolean => {
  const [first = ''] = words;
  return words.length > 1 && !freeTexts.has(first) && !first.startsWith('source');
};

function renamedLine(line: InterfacesLine, pattern: RegExp, to: string): InterfacesLine {
  const [keyword = ''] = line.words;
  const start = line.raw.indexOf(keyword) + keyword.length;
  // A function, because a replacement text would give `$` a meaning.
  return { ...line, raw: line.raw.slice(0, start) + line.raw.slice(start).replace(pattern, () => to) };
}
