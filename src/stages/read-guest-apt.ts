import { join } from 'node:path';
import { ToolError } from '../errors.js';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { type AptSource, readAptSources } from '../guest-files/apt-sources.js';
import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { Facts, GuestTree } from '../model.js';
import { readCopy } from './read-copy.js';

/** What apt must know of a guest to choose packages for it as the guest's own apt would. */
export interface GuestApt {
  readonly sources: readonly AptSource[];
  /** Sources that can't be used, each with the reason. */
  readonly skipped: readonly string[];
  /** Contents of the keyrings that sources name, by path in the guest. */
  readonly keyrings: ReadonlyMap<string, string>;
  /** Contents of the other keyrings and of the preferences, by path below the guest's root without the first slash. */
  readonly files: ReadonlyMap<string, string>;
  /** dpkg's list of packages. */
  readonly status: string;
  /** The guest's own architecture first. */
  readonly architectures: readonly string[];
}

/**
 * Takes over what is data. The guest's apt.conf isn't, since it can name commands that apt runs. Contents are byte
 * strings.
 */
export async function readGuestApt(
  access: GuestAccess,
  { tree, mounts }: Facts,
  scratch: string,
): Promise<GuestApt> {
  await access.mount(mounts, 'read-only');
  const contentOf = async (path: string): Promise<string | undefined> => {
    const copy = join(scratch, 'apt-file');
    const isThere = await access.download(path, copy).then(
      () => true,
      () => false,
    );
    return isThere ? (await readCopy(copy, path)).toString('latin1') : undefined;
  };
  const status = await contentOf('/var/lib/dpkg/status');
  if (status === undefined) throw new ToolError("the guest's /var/lib/dpkg/status can't be read");
  const { sources, skipped } = sourcesIn(tree);
  const keyrings = new Map<string, string>();
  for (const path of keyringsOf(sources)) {
    const content = textAt(tree, path) ?? (await contentOf(path));
    if (content !== undefined) keyrings.set(path, content);
  }
  const foreign = ((await contentOf('/var/lib/dpkg/arch')) ?? '').split('\n');
  const architectures = [...new Set(['amd64', ...foreign.filter((name) => /^[a-z0-9-]+$/.test(name))])];
  return { sources, skipped, keyrings, files: new Map(copiedFiles(tree)), status, architectures };
}

function sourcesIn(tree: GuestTree): { sources: AptSource[]; skipped: string[] } {
  const folder = '/etc/apt/sources.list.d';
  const names = namesIn(tree, folder).filter((name) => /^[\w.-]+\.(list|sources)$/.test(name));
  const read = ['/etc/apt/sources.list', ...names.map((name) => `${folder}/${name}`)].map((path) =>
    readAptSources(textAt(tree, path) ?? '', path.endsWith('.sources') ? 'sources' : 'list'),
  );
  return {
    sources: read.flatMap(({ sources }) => sources),
    skipped: read.flatMap(({ skipped }) => skipped),
  };
}

function keyringsOf(sources: readonly AptSource[]): string[] {
  const names = sources.flatMap(({ signedBy }) =>
    signedBy !== undefined && 'names' in signedBy ? signedBy.names : [],
  );
  return [...new Set(names.filter((name) => name.startsWith('/')))];
}

function* copiedFiles(tree: GuestTree): Generator<[string, string]> {
  const inFolders = ['/etc/apt/trusted.gpg.d', '/etc/apt/preferences.d'].flatMap((folder) =>
    namesIn(tree, folder)
      .filter((name) => /^[\w.+-]+$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  for (const path of ['/etc/apt/trusted.gpg', '/etc/apt/preferences', ...inFolders]) {
    const text = textAt(tree, path);
    if (text !== undefined) yield [path.slice(1), text];
  }
}
