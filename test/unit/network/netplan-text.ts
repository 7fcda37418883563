import fc from 'fast-check';

/**
 * Valid netplan files of a systemd 252 guest whose names stay (enX0), in many ways to write them: block and flow
 * style, quotes, comments, indentation, CRLF.
 */
export const netplanText: fc.Arbitrary<string> = fc
  .record({
    step: fc.constantFrom(2, 4),
    eol: fc.constantFrom('\n', '\n', '\n', '\r\n'),
    isFlow: fc.boolean(),
    yes: fc.constantFrom('true', 'yes', 'on', '"true"', 'True'),
    options: fc.uniqueArray(
      fc.constantFrom(
        ['mtu', '1400'],
        ['dhcp6', 'true'],
        ['accept-ra', 'no'],
        ['optional', 'true'],
        ['dhcp4-overrides', '{use-dns: false, "route-metric": 50}'],
        ['dhcp-identifier', 'mac'],
        ['addresses', '["2001:db8::9/64"]'],
        ['addresses', '[]'],
        ['nameservers', '{search: [a.example, "b.example"], addresses: [10.0.0.53]}'],
        ['routes', '[{to: 10.9.0.0/16, via: 18.181.0.7}]'],
        ['wakeonlan', 'true'],
      ),
      { selector: ([key]) => key },
    ),
    at: fc.nat(6),
    comments: fc.array(fc.constantFrom('', '# c\xc3\xa9', '   # "x": {'), { maxLength: 4 }),
    kind: fc.constantFrom('ethernets', 'bridges', 'vlans'),
    hasEnd: fc.boolean(),
  })
  .map(({ step, eol, isFlow, yes, options, at, comments, kind, hasEnd }) => {
    const indent = (depth: number) => ' '.repeat(depth * step);
    const all: (readonly [string, string])[] = options
      .filter(([key]) => kind === 'ethernets' || key !== 'wakeonlan')
      .map(([key = '', value = '']) => [key, value] as const);
    all.splice(at % (all.length + 1), 0, ['dhcp4', yes]);
    if (kind === 'bridges') all.push(['interfaces', '[enX0]']);
    if (kind === 'vlans') all.push(['id', '7'], ['link', 'enX0']);
    const id = { ethernets: 'enX0', bridges: 'br0', vlans: 'lan' }[kind] ?? '';
    const body = isFlow
      ? [`${indent(2)}${id}: {${all.map(([key, value]) => `${key}: ${value}`).join(', ')}}`]
      : [`${indent(2)}${id}:`, ...all.flatMap(([key, value]) => blockLines(key, value, indent(3)))];
    const card = kind === 'ethernets' ? [] : [`${indent(1)}ethernets:`, `${indent(2)}enX0: {}`];
    const lines = ['network:', `${indent(1)}version: 2`, ...card, `${indent(1)}${kind}:`, ...body];
    for (const [index, comment] of comments.entries())
      lines.splice((index * 3 + 1) % lines.length, 0, comment);
    return lines.join(eol) + (hasEnd ? eol : '');
  });

/** Lists of plain words one to a line, so that both styles occur. */
function blockLines(key: string, value: string, indent: string): string[] {
  const items = /^\[([^{}]+)\]$/.exec(value)?.[1]?.split(', ');
  return items === undefined
    ? [`${indent}${key}: ${value}`]
    : [`${indent}${key}: # list`, ...items.map((item) => `${indent}- ${item}`)];
}
