/**
 * The installed packages in the text of dpkg's /var/lib/dpkg/status, with their versions. Of a package for several
 * architectures the last one counts. Source: dpkg(1), "Package states"; deb822(5).
 */
export function readPackages(text: string): Map<string, string> {
  const packages = new Map<string, string>();
  for (const stanza of stanzasIn(text)) {
    const name = fieldOf(stanza, 'Package');
    const isInstalled = /^\S+\s+\S+\s+installed$/.test(fieldOf(stanza, 'Status') ?? '');
    if (name !== undefined && isInstalled) packages.set(name, fieldOf(stanza, 'Version') ?? '');
  }
  return packages;
}

/** One after the other: a hostile guest's million empty stanzas would fill the memory as a list. */
function* stanzasIn(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOf('\n\n', start);
    const end = blank < 0 ? text.length : blank;
    // A third line break in a row begins an empty stanza, or one whose first line is empty.
    yield text.slice(start, end).replace(/^\n+/, '');
    start = end + 2;
  }
}

/** A field of one line, anywhere in its stanza. */
function fieldOf(stanza: string, name: string): string | undefined {
  const start = stanza.startsWith(`${name}:`) ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !stanza.startsWith(`${name}:`)) return undefined;
  const end = stanza.indexOf('\n', start);
  return stanza.slice(start + name.length + 1, end === -1 ? undefined : end).trim();
}
