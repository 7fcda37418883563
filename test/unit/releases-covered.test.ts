/** Every release of the catalogue has a golden guest: `test/guests/release-<id>-<version>-<codename>/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { GuestNode } from '../../src/model.js';
import { releases } from '../../src/releases/catalogue.js';
import { findReleaseRow, readRelease, releaseFiles } from '../../src/releases/release.js';
import type { ReleaseRow } from '../../src/releases/release-row.js';
import { guestTree } from './network/guest-tree-of.js';

const root = 'test/guests';

const nameOf = ({ id, version, codename }: ReleaseRow): string => `release-${id}-${version}-${codename}`;

/** The row that a golden guest's own files lead to. */
function rowOf(name: string): ReleaseRow | undefined {
  const texts = releaseFiles
    .filter((path) => existsSync(`${root}/${name}/tree${path}`))
    .map((path): [string, GuestNode] => [path, fileAt(`${root}/${name}/tree${path}`)]);
  const release = readRelease(guestTree(Object.fromEntries(texts)));
  return release === undefined ? undefined : findReleaseRow(release);
}

const fileAt = (path: string): GuestNode => ({
  kind: 'file',
  text: readFileSync(path, 'latin1'),
  mode: 0o644,
});

for (const row of releases) {
  test(`${row.id} ${row.version} (${row.codename}) has a golden guest, which is known as that release`, (t) => {
    t.true(existsSync(`${root}/${nameOf(row)}/expected.diff`), `write test/guests/${nameOf(row)}`);
    const { id, version, codename } = rowOf(nameOf(row)) ?? {};
    t.deepEqual({ id, version, codename }, { id: row.id, version: row.version, codename: row.codename });
  });
}

test('every golden guest of a release, and of a variant of it, is of a row', (t) => {
  const names = releases.map(nameOf);
  const guests = readdirSync(root).filter((name) => name.startsWith('release-'));
  const strangers = guests.filter((guest) => !names.some((name) => `${guest}-`.startsWith(`${name}-`)));
  t.deepEqual(strangers, []);
});
