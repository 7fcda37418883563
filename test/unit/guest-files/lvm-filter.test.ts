import test from 'ava';
import { acceptXenDisks } from '../../../src/guest-files/lvm-filter.js';

const cases: readonly [string, string, string][] = [
  [
    'no filter',
    'devices {\n\t# filter = [ "a|/dev/sda|" ]\n}\n',
    'devices {\n\t# filter = [ "a|/dev/sda|" ]\n}\n',
  ],
  ['everything is accepted', 'filter = [ "a|.*|" ]\n', 'filter = [ "a|.*|" ]\n'],
  [
    'one disk',
    'filter = [ "a|^/dev/sda|", "r|.*|" ]',
    'filter = [ "a|^/dev/xvda|", "a|^/dev/sda|", "r|.*|" ]',
  ],
  [
    'the other setting, another delimiter, several names in one',
    'global_filter=["a/(sd|hd).*/","r/.*/"]',
    'global_filter=["a/(xvd|xvd).*/", "a/(sd|hd).*/","r/.*/"]',
  ],
  [
    'a set of letters',
    'filter = [ "a|/dev/[hs]d[a-z]|" ]',
    'filter = [ "a|/dev/xvd[a-z]|", "a|/dev/[hs]d[a-z]|" ]',
  ],
  [
    'several lines, with a comment between',
    '\tfilter = [ "r|/dev/cdrom|", # no drives, "a|/dev/sdx|"\n\t\t"a|^/dev/vda5$|",\n\t\t"r|.*|" ]\n',
    '\tfilter = [ "r|/dev/cdrom|", # no drives, "a|/dev/sdx|"\n\t\t"a|^/dev/xvda5$|", "a|^/dev/vda5$|",\n\t\t"r|.*|" ]\n',
  ],
  ['a single pattern', 'filter = "a|/dev/sda|"', 'filter = [ "a|/dev/xvda|", "a|/dev/sda|" ]'],
  [
    'rejected disks stay rejected',
    'filter = [ "r|/dev/sda|", "a|.*|" ]',
    'filter = [ "r|/dev/sda|", "a|.*|" ]',
  ],
  [
    'other devices',
    'filter = [ "a|/dev/md.*|", "a|/dev/disk/by-id/x|" ]',
    'filter = [ "a|/dev/md.*|", "a|/dev/disk/by-id/x|" ]',
  ],
  ['an end that never comes', 'filter = [ "a|/dev/sda|", ', 'filter = [ "a|/dev/sda|", '],
];

for (const [title, before, expected] of cases) {
  test(title, (t) => {
    t.is(acceptXenDisks(before), expected);
    t.is(acceptXenDisks(expected), expected);
  });
}

test('hostile text takes no longer than its length', (t) => {
  t.timeout(60_000);
  const start = performance.now();
  acceptXenDisks('filter = [ '.repeat(200_000));
  acceptXenDisks(`filter = [ ${'"'.repeat(500_000)}`);
  acceptXenDisks(`filter = [ ${'# '.repeat(500_000)}`);
  t.true(performance.now() - start < 20_000);
});
