import { textAt } from '../guest-files/guest-tree.js';
import type { GuestTree, Release } from '../model.js';
import { type ReleaseRow, releases } from './catalogue.js';

/** The files that say which system this is; one of them makes a file system a root. */
export const releaseFiles = [
  '/etc/os-release',
  '/usr/lib/os-release',
  '/etc/debian_version',
  '/etc/redhat-release',
];

/**
 * Which system the guest is, by os-release(5) or, before there was one, /etc/debian_version. Undefined when nothing
 * says so: then it isn't a Linux root file system that could be converted.
 */
export function readRelease(tree: GuestTree): Release | undefined {
  const osRelease = textAt(tree, '/etc/os-release') ?? textAt(tree, '/usr/lib/os-release');
  if (osRelease !== undefined) return fromOsRelease(osRelease);
  const debianVersion = textAt(tree, '/etc/debian_version')?.trim();
  if (debianVersion !== undefined) {
    const version = debianVersion.split('.')[0] ?? '';
    return { id: 'debian', version, codename: '', name: `Debian ${debianVersion}` };
  }
  const redHat = textAt(tree, '/etc/redhat-release')?.trim();
  return redHat === undefined ? undefined : { id: 'redhat', version: '', codename: '', name: redHat };
}

function fromOsRelease(text: string): Release {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_]+)=(.*)\r?$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined)
      values.set(key, value.trim().replace(/^(["'])(.*)\1$/, '$2'));
  }
  return {
    id: values.get('ID') ?? 'unknown',
    version: values.get('VERSION_ID') ?? '',
    codename: values.get('VERSION_CODENAME') ?? '',
    name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? 'an unnamed system',
  };
}

/** The catalogue's row for a release, by version or, for testing and sid, which have none, by codename. */
export function findReleaseRow(release: Release): ReleaseRow | undefined {
  return releases.find(
    ({ id, version, codename }) =>
      id === release.id &&
      (release.version === '' ? codename === release.codename : version === release.version),
  );
}
