import test from 'ava';
import type { Entry } from '../../../src/batch/entry.js';
import { readConditions, select } from '../../../src/batch/where.js';

const entry = (disk: string, more: Partial<Entry>): Entry => ({
  disk,
  options: {},
  tags: [],
  labels: {},
  places: {},
  ...more,
});
const entries = [
  entry('/srv/office/web1.img', {
    options: { site: 'office', 'keep-dhcp': true },
    tags: ['web', 'old'],
    labels: { rack: 'b7' },
  }),
  entry('/srv/office/db1.img', { options: { site: 'office' }, tags: ['db'], labels: { rack: 'b8' } }),
  entry('/srv/xvm/web2.img', {
    options: { site: 'xvm', dns: ['18.70.0.160', '18.71.0.151'] },
    tags: ['web'],
  }),
];
const kinds = { site: {}, dns: { array: true }, 'keep-dhcp': { type: 'boolean' } };

const chosenBy = (...where: string[]) => {
  const { conditions, mistakes } = readConditions(where);
  const chosen = select(entries, conditions, kinds);
  const disks = chosen.entries.map(({ disk }) => disk.replace(/.*\//, ''));
  return { disks, mistakes: [...mistakes, ...chosen.mistakes] };
};

const cases: readonly [readonly string[], readonly string[]][] = [
  [[], ['web1.img', 'db1.img', 'web2.img']],
  [['site=office'], ['web1.img', 'db1.img']],
  [['tag=web'], ['web1.img', 'web2.img']],
  [['tag=web', 'site=off*'], ['web1.img']],
  [['disk=*/web*'], ['web1.img', 'web2.img']],
  [['disk=/srv/xvm/web2.img'], ['web2.img']],
  [['rack=b[78]'], ['web1.img', 'db1.img']],
  [['dns=18.71.*'], ['web2.img']],
  [['keep-dhcp=true'], ['web1.img']],
];

for (const [where, disks] of cases) {
  test(`--where ${where.join(' --where ')}`, (t) => {
    t.deepEqual(chosenBy(...where), { disks: [...disks], mistakes: [] });
  });
}

const wrong: readonly [string, string, string][] = [
  ['web', 'this is not KEY=VALUE', "write --where tag=web, or --where 'disk=*/web*'"],
  ['=web', 'this is not KEY=VALUE', "write --where tag=web, or --where 'disk=*/web*'"],
  ['siet=office', 'no image has a "siet"', 'did you mean "site"?'],
  ['colour=red', 'no image has a "colour"', 'known keys: disk, tag, site, dns, keep-dhcp, rack'],
  ['site=none', 'none of the 3 images is chosen', 'choose others, or leave --where out'],
];

for (const [text, message, remedy] of wrong) {
  test(`a mistake: --where ${text}`, (t) => {
    t.deepEqual(chosenBy(text).mistakes, [{ place: `--where ${text}`, message, remedy }]);
  });
}
