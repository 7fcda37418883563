/** A package as apt would install it. */
export interface ChosenPackage {
  readonly name: string;
  readonly version: string;
  /** The version that the guest has now. */
  readonly replaces?: string;
  /** `all` or an architecture: two of one package can be installed together. */
  readonly architecture?: string;
}

/** The packages that `apt-get --simulate install` would unpack, in its order. */
export function readSimulation(lines: readonly string[]): ChosenPackage[] {
  return lines.flatMap((line) => {
    const [, name, replaces, version] = /^Inst (\S+) (?:\[([^\]\s]*)\] )?\((\S+) /.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    const [, architecture] = /\[([a-z0-9-]+)\]\)/.exec(line) ?? [];
    return {
      name,
      version,
      ...(replaces === undefined ? {} : { replaces }),
      ...(architecture === undefined ? {} : { architecture }),
    };
  });
}

/** A file that apt would fetch, under the name that it gives it. */
export interface PackageFile {
  readonly uri: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256?: string;
}

/** The files that `apt-get --print-uris install` names. */
export function readUris(lines: readonly string[]): PackageFile[] {
  return lines.flatMap((line) => {
    const [, uri, fileName, bytes, hash = ''] = /^'([^']+)' ([^\s/]+) (\d+)(?: (\S+))?\s*$/.exec(line) ?? [];
    if (uri === undefined || fileName === undefined) return [];
    const sha256 = /^SHA256:([0-9a-f]{64})$/.exec(hash)?.[1];
    return { uri, fileName, bytes: Number(bytes), ...(sha256 === undefined ? {} : { sha256 }) };
  });
}

/** A package with its file. Undefined when the two answers of apt don't fit together. */
export function pairUp(
  chosen: readonly ChosenPackage[],
  files: readonly PackageFile[],
): (ChosenPackage & { readonly file: PackageFile })[] | undefined {
  const paired = chosen.flatMap((one) => {
    // Names of files carry no colon: that of an epoch is written %3a.
    const start = `${one.name.replace(/:.*/, '')}_${one.version.replaceAll(':', '%3a')}_${one.architecture ?? ''}`;
    const file = files.find(({ fileName }) => fileName.startsWith(start));
    return file === undefined ? [] : { ...one, file };
  });
  return paired.length === chosen.length && paired.length === files.length ? paired : undefined;
}
