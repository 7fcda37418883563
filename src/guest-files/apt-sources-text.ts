import type { AptSource } from './apt-sources.js';

/** A file of sources for amd64, and the keyrings that it names, by file name in the folder for keys. */
export interface SourcesText {
  readonly text: string;
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Writes sources as deb822 stanzas (sources.list(5)) whose keyrings are in `keyFolder`. `keyrings` has the contents of
 * the guest's keyring files by path; apt refuses a source whose keyring isn't among them.
 */
export function sourcesText(
  sources: readonly AptSource[],
  keyrings: ReadonlyMap<string, string>,
  keyFolder: string,
): SourcesText {
  const keys = new Map<string, string>();
  const store = (content: string, ending: string): string => {
    const known = [...keys].find(([name, text]) => text === content && name.endsWith(ending));
    const name = known?.[0] ?? `key-${keys.size + 1}${ending}`;
    keys.set(name, content);
    return `${keyFolder}/${name}`;
  };
  const signer = ({ signedBy }: AptSource): string | undefined => {
    if (signedBy === undefined) return undefined;
    if ('key' in signedBy) return store(`${signedBy.key.trim()}\n`, '.asc');
    return signedBy.names.map((name) => placeOf(name, keyrings.get(name), store)).join(', ');
  };
  const stanzas = sources.map((source) => stanzaOf(source, signer(source)));
  return { text: stanzas.join('\n'), keys };
}

/**
 * A fingerprint stays as it is. apt tells a text from a binary keyring by the end of its name. What is neither is taken
 * for a keyring that isn't there: left out, it would let every key sign.
 */
function placeOf(
  name: string,
  content: string | undefined,
  store: (content: string, ending: string) => string,
): string {
  if (/^[0-9A-Fa-f]{8,40}!?$/.test(name)) return name;
  return store(content ?? '', name.endsWith('.asc') ? '.asc' : '.gpg');
}

function stanzaOf({ uri, suite, components }: AptSource, signer: string | undefined): string {
  return [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
    'Architectures: amd64',
    ...(signer === undefined ? [] : [`Signed-By: ${signer}`]),
    '',
  ].join('\n');
}
