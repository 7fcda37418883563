/**
 * dhcpcd.conf(5): one option a line, `interface NAME` starts a block that ends at the next one, and before the first
 * stands what is for all. A block with `static ip_address=` is not asked for by DHCP.
 */

/** One `interface` block. */
export interface DhcpcdBlock {
  readonly name: string;
  /** IPv4, without prefix length; undefined: DHCP is asked. */
  readonly address?: string;
}

/** The interfaces that have a block of their own. */
export function dhcpcdBlocks(text: string): DhcpcdBlock[] {
  const blocks: { name: string; address?: string }[] = [];
  for (const line of text.split('\n')) {
    const [, name] = /^[ \t]*interface[ \t]+([^ \t\r#]+)/.exec(line) ?? [];
    if (name !== undefined) blocks.push({ name });
    const [, address] = /^[ \t]*static[ \t]+ip_address=([\d.]+)/.exec(line) ?? [];
    const last = blocks.at(-1);
    if (address !== undefined && last !== undefined) last.address = address;
  }
  return blocks;
}

/** The words of `allowinterfaces` or `denyinterfaces`, which are patterns. */
export const dhcpcdList = (text: string, option: 'allowinterfaces' | 'denyinterfaces'): string[] =>
  text.split('\n').flatMap((line) => {
    const [first, ...words] = line
      .replace(/#.*$/s, '')
      .split(/[ \t\r,]+/)
      .filter((word) => word !== '');
    return first === option ? words : [];
  });

/** The text with a fixed address for an interface: in its block, or in a new one at the end. */
export function dhcpcdWithAddress(
  text: string,
  name: string,
  address: string,
  gateway: string,
  dns: readonly string[],
): string {
  const settings = [
    `static ip_address=${address}`,
    ...(gateway === '' ? [] : [`static routers=${gateway}`]),
    ...(dns.length === 0 ? [] : [`static domain_name_servers=${dns.join(' ')}`]),
  ].map((line) => `${line}\n`);
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const at = lines.findIndex((line) => /^[ \t]*interface[ \t]+([^ \t\r\n#]+)/.exec(line)?.[1] === name);
  if (at >= 0)
    return [...lines.slice(0, at), ended(lines[at] ?? ''), ...settings, ...lines.slice(at + 1)].join('');
  const gap = text === '' ? '' : '\n';
  return `${ended(text)}${gap}interface ${name}\n${settings.join('')}`;
}

/** The text with an interface's name replaced where a line starts a block or lists interfaces. */
export const dhcpcdWithName = (text: string, from: string, to: string): string =>
  text
    .split('\n')
    .map((line) =>
      /^[ \t]*(?:interface|allowinterfaces|denyinterfaces)[ \t]/.test(line)
        ? line
            .split(/([ \t\r,]+)/)
            .map((word) => (word === from ? to : word))
            .join('')
        : line,
    )
    .join('\n');

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
