/** One entry of sources.list(5) for packages, whichever of the two formats it was written in. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** The key that must have signed it: names of keyring files and fingerprints, or an ASCII-armoured key. */
  readonly signedBy?: { readonly names: readonly string[] } | { readonly key: string };
}

/** What the guest's files say, and what of it isn't used: a line and why. */
export interface AptSources {
  readonly sources: readonly AptSource[];
  readonly skipped: readonly string[];
}

/**
 * Reads a file of sources, `.list` with an entry a line or `.sources` with deb822 stanzas (sources.list(5)). Only
 * archives of packages for amd64 that are reached by http and https are taken: other methods read files of this host or
 * run programs on it. Options that switch checks off (`trusted`, `allow-insecure`, …) are dropped.
 */
export function readAptSources(text: string, format: 'list' | 'sources'): AptSources {
  const entries = format === 'list' ? readLines(text) : readStanzas(text);
  const wanted = entries.filter(({ types, isEnabled }) => isEnabled && types.includes('deb'));
  const sources: AptSource[] = [];
  const skipped: string[] = [];
  for (const entry of wanted) {
    const reason = obstacleIn(entry);
    if (reason !== undefined) skipped.push(`${entry.uris.join(' ')} ${entry.suites.join(' ')}: ${reason}`);
    else sources.push(...sourcesOf(entry));
  }
  return { sources, skipped };
}

interface Entry {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly signedBy: string;
  readonly isEnabled: boolean;
}

function obstacleIn({ uris, suites, components, architectures }: Entry): string | undefined {
  if (architectures.length > 0 && !architectures.includes('amd64')) return 'not for amd64';
  if (!uris.every((uri) => /^https?:\/\//i.test(uri))) return 'reached neither by http nor by https';
  const words = [...suites, ...components];
  const isPlain =
    uris.every((uri) => /^[\w!#$%&()*+,./:;=?@~-]+$/.test(uri)) &&
    words.every((word) => /^[\w./+:~-]+$/.test(word));
  return isPlain && uris.length > 0 && suites.length > 0 ? undefined : 'not understood';
}

function* sourcesOf({ uris, suites, components, signedBy }: Entry): Generator<AptSource> {
  const key = signedBy.includes('-----BEGIN') ? { key: signedBy } : { names: wordsIn(signedBy) };
  const isAnyone = 'names' in key && key.names.length === 0;
  for (const uri of uris)
    for (const suite of suites) yield { uri, suite, components, ...(isAnyone ? {} : { signedBy: key }) };
}

const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

function readLines(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    const content = line.replace(/#.*/, '').trim();
    const [, type, options, rest] = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(.*)$/.exec(content) ?? [];
    if (type === undefined || rest === undefined) return [];
    const [uri = '', suite = '', ...components] = wordsOfLine(rest);
    const option = (name: string) => optionIn(options ?? '', name);
    return {
      types: [type],
      uris: [uri],
      suites: [suite],
      components,
      architectures: wordsIn(option('arch')),
      signedBy: option('signed-by'),
      isEnabled: true,
    };
  });
}

const wordsOfLine = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

function optionIn(options: string, name: string): string {
  const found = wordsOfLine(options).find((option) => option.toLowerCase().startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? '';
}

function readStanzas(text: string): Entry[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const content = lines.filter((line) => !line.startsWith('#')).join('\n');
  return content.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = fieldsIn(stanza);
    const words = (name: string) => wordsIn(fields.get(name) ?? '');
    if (!fields.has('types')) return [];
    return {
      types: words('types'),
      uris: wordsOfLine(fields.get('uris') ?? ''),
      suites: words('suites'),
      components: words('components'),
      architectures: words('architectures'),
      signedBy: fields.get('signed-by') ?? '',
      isEnabled: !/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled')?.trim() ?? ''),
    };
  });
}

/** Names of fields in small letters; lines that go on start with a blank, and ` .` is an empty one (deb822(5)). */
function fieldsIn(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    const [, key, value] = /^([A-Za-z][\w-]*):(.*)$/.exec(line) ?? [];
    if (key !== undefined) {
      name = key.toLowerCase();
      fields.set(name, value?.trim() ?? '');
    } else if (/^[ \t]/.test(line)) {
      const more = line.trim() === '.' ? '' : line.trim();
      fields.set(name, `${fields.get(name) ?? ''}\n${more}`);
    }
  }
  return fields;
}
