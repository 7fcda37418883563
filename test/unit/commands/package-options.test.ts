import test from 'ava';
import { convertOptions, type PlanFlags } from '../../../src/commands/options.js';

const flags = (changes: Partial<PlanFlags>): PlanFlags => ({
  ...({} as PlanFlags),
  access: 'auto',
  record: 'none',
  cache: '/cache',
  'keep-dhcp': true,
  kernel: 'auto',
  headers: true,
  packages: 'host',
  ...changes,
});

const cacheDirectory = '/cache';
const sources: readonly [string, Partial<PlanFlags>, object][] = [
  ['nothing said', {}, { kind: 'host', cacheDirectory }],
  [
    'a mirror',
    { mirror: 'http://m.example/debian' },
    { kind: 'host', cacheDirectory, mirror: 'http://m.example/debian' },
  ],
  ['a folder', { packages: './debs' }, { kind: 'folder', path: './debs', cacheDirectory }],
  ["the guest's network", { packages: 'guest-network' }, { kind: 'guest-network' }],
];

for (const [title, changes, expected] of sources) {
  test(`packages come from: ${title}`, (t) => {
    const source: object = convertOptions(flags(changes)).packages;
    t.deepEqual(source, expected);
  });
}

const wrong: readonly [string, Partial<PlanFlags>, RegExp][] = [
  [
    'a mirror beside a folder',
    { mirror: 'http://m.example/', packages: 'debs' },
    /no meaning with --packages debs/,
  ],
  ['a mirror of files', { mirror: 'file:/srv' }, /not the address of an archive/],
  ['a mirror that would be two lines', { mirror: 'http://m.example/\nTrusted: yes' }, /not the address/],
  ['a mirror with a blank', { mirror: 'http://m.example/ x' }, /not the address/],
];

for (const [title, changes, message] of wrong) {
  test(`refused: ${title}`, (t) => {
    t.throws(() => convertOptions(flags(changes)), { message });
  });
}
