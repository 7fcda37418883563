import { textAt } from '../guest-files/guest-tree.js';
import type { GuestTree, Release } from '../model.js';
import { releases } from './catalogue.js';
import type { ReleaseRow } from './release-row.js';

/** The files that say which system this is; one of them makes a file system a root. */
export const releaseFiles = [
  '/etc/os-release',
  '/usr/lib/os-release',
  '/etc/lsb-release',
  '/etc/debian_version',
  '/etc/redhat-release',
];

/**
 * Which system the guest is, by os-release(5) or, before there was one, /etc/lsb-release (Ubuntu, where
 * /etc/debian_version names the Debian that it was made from) and /etc/debian_version. Undefined when nothing says so:
 * then it isn't a Linux root file system that could be converted.
 */
export function readRelease(tree: GuestTree): Release | undefined {
  const osRelease = textAt(tree, '/etc/os-release') ?? textAt(tree, '/usr/lib/os-release');
  if (osRelease !== undefined) return fromOsRelease(assignmentsIn(osRelease));
  const lsbRelease = fromLsbRelease(assignmentsIn(textAt(tree, '/etc/lsb-release') ?? ''));
  if (lsbRelease !== undefined) return lsbRelease;
  const debianVersion = textAt(tree, '/etc/debian_version')?.trim();
  if (debianVersion !== undefined) return fromDebianVersion(debianVersion);
  const redHat = textAt(tree, '/etc/redhat-release')?.trim();
  return redHat === undefined ? undefined : { id: 'redhat', version: '', codename: '', name: redHat };
}

/** `KEY=value` or `KEY="value"`, one a line; the last one of a key counts. */
function assignmentsIn(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_]+)=(.*)\r?$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined)
      values.set(key, value.trim().replace(/^(["'])(.*)\1$/, '$2'));
  }
  return values;
}

const fromOsRelease = (values: ReadonlyMap<string, string>): Release => ({
  id: values.get('ID') ?? 'unknown',
  version: values.get('VERSION_ID') ?? '',
  codename: values.get('VERSION_CODENAME') ?? '',
  name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? 'an unnamed system',
});

/** The file belongs to Ubuntu and its relatives; the one of Debian's package lsb may hold single values only. */
function fromLsbRelease(values: ReadonlyMap<string, string>): Release | undefined {
  const id = values.get('DISTRIB_ID')?.toLowerCase();
  const version = values.get('DISTRIB_RELEASE');
  if (id === undefined || version === undefined || id === 'debian') return undefined;
  const name = values.get('DISTRIB_DESCRIPTION') ?? `${id} ${version}`;
  return { id, version, codename: values.get('DISTRIB_CODENAME') ?? '', name };
}

/** `5.0.10`, or `lenny/sid` in what was testing or unstable then. */
function fromDebianVersion(text: string): Release {
  const [, codename] = /^([a-z]+)\/sid$/.exec(text) ?? [];
  const version = codename === undefined ? (text.split('.')[0] ?? '') : '';
  return { id: 'debian', version, codename: codename ?? '', name: `Debian ${text}` };
}

/** The catalogue's row for a release, by version, or by codename where the guest says none, as testing does. */
export function findReleaseRow(release: Release): ReleaseRow | undefined {
  return releases.find(
    ({ id, version, codename }) =>
      id === release.id &&
      (release.version === '' ? codename === release.codename : version === release.version),
  );
}
