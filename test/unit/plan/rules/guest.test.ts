import test from 'ava';
import type { Facts, FileSystem, Release } from '../../../../src/model.js';
import { guestRule } from '../../../../src/plan/rules/guest.js';
import { factsOf, rootFileSystem, swapArea } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();

const release = (id: string, version: string, codename = ''): Partial<Facts> => ({
  release: { id, version, codename, name: `${id} ${version}` } satisfies Release,
});
const layout = (...fileSystems: FileSystem[]): Partial<Facts> => ({
  layout: { partitionTable: 'mbr', fileSystems },
});
const dirty: FileSystem = { ...rootFileSystem, clean: false };
const { clean: _, ...unknownState } = rootFileSystem;

const cases: readonly [string, Partial<Facts>, readonly string[]][] = [
  ['bookworm', {}, []],
  ['jammy', release('ubuntu', '22.04'), []],
  ['sid and testing by codename', release('debian', '', 'forky'), []],
  [
    'another distribution with another architecture',
    { ...release('fedora', '40'), architecture: 'i386', initSystem: 'sysvinit' },
    ['unsupported-distribution', 'not-64-bit'],
  ],
  ['a release that is not in the catalogue', release('debian', '99'), ['unsupported-release']],
  ['an Ubuntu with the number of a Debian', release('ubuntu', '12'), ['unsupported-release']],
  ['32 bits', { architecture: 'i386' }, ['not-64-bit']],
  ['another processor', { architecture: 'arm64' }, ['not-64-bit']],
  ['an unknown architecture', { architecture: 'unknown' }, ['not-64-bit']],
  ['sysvinit', { initSystem: 'sysvinit' }, []],
  ['upstart', { initSystem: 'upstart' }, []],
  ['upstart before 0.6', { initSystem: 'upstart-events' }, []],
  ['suspended to disk', layout(rootFileSystem, { ...swapArea, type: 'swsuspend' }), ['hibernated']],
  ['no init that is known', { initSystem: 'unknown' }, ['unsupported-init']],
  ['a journal to replay', layout(dirty), ['file-system-not-clean']],
  ['a state that is not known', layout(unknownState), []],
  [
    'a dirty file system that is not the guest one',
    layout(rootFileSystem, { ...swapArea, clean: false }),
    [],
  ],
  [
    'all at once',
    { ...release('debian', '99'), ...layout(dirty), initSystem: 'unknown' },
    ['unsupported-release', 'unsupported-init', 'file-system-not-clean'],
  ],
];

for (const [title, changes, codes] of cases) {
  test(title, (t) => {
    const { edits, problems, notices } = guestRule.apply(factsOf({}, changes), request);
    t.deepEqual(
      problems.map(({ code }) => code),
      codes,
    );
    t.deepEqual([...edits, ...notices], []);
  });
}
