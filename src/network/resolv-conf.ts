/** The addresses of the name servers in a resolv.conf(5), in order. */
export function nameservers(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const address = keywordLine.exec(line)?.[1];
    return address === undefined ? [] : [address];
  });
}

/**
 * The text with these name servers in place of the ones it has; search domains, options and comments stay. Unchanged
 * when they are the same.
 */
export function withNameservers(text: string, addresses: readonly string[]): string {
  if (nameservers(text).join(' ') === addresses.join(' ')) return text;
  const lines = text === '' ? [] : text.split('\n');
  const first = lines.findIndex((line) => keywordLine.test(line));
  const end = lines[0]?.endsWith('\r') ? '\r' : '';
  const added = addresses.map((address) => `nameserver ${address}${end}`);
  if (first >= 0) {
    const behind = lines.slice(first).filter((line) => !keywordLine.test(line));
    return [...lines.slice(0, first), ...added, ...behind].join('\n');
  }
  const openEnd = text !== '' && !text.endsWith('\n') ? '\n' : '';
  return `${text}${openEnd}${added.map((line) => `${line}\n`).join('')}`;
}

/** glibc wants the keyword at the very start of the line. */
const keywordLine = /^nameserver[ \t]+([^ \t\r;#]+)/;
