import test from 'ava';
import type { Mount } from '../../../src/model.js';
import { packageRefusals } from '../../../src/plan/package-refusals.js';
import { shortagesIn, spaceNeeds } from '../../../src/stages/package-space.js';
import { guestTree } from '../network/guest-tree-of.js';

const megabyte = 1024 * 1024;
const margin = { bytes: 16 * megabyte, files: 100 };
const mount = (path: string): Mount => ({ device: '/dev/sda1', path });

test('every file counts as whole blocks, where it lands', (t) => {
  const files = [
    { path: '/boot/vmlinuz-6.1', bytes: 4097 },
    { path: '/boot', bytes: 0 },
    { path: '/bootstrap', bytes: 1 },
  ];
  t.deepEqual(spaceNeeds(files, [mount('/'), mount('/boot')], guestTree({})), [
    { mount: '/boot', bytes: margin.bytes + 8192 + 4096, files: margin.files + 2 },
    { mount: '/', bytes: margin.bytes + 4096, files: margin.files + 1 },
  ]);
});

test('modules make an initramfs in /boot, and lie where /lib leads', (t) => {
  const files = [{ path: '/lib/modules/6.1/kernel/x.ko', bytes: 40 * megabyte }];
  const tree = guestTree({ '/lib': { kind: 'symlink', target: 'usr/lib' } });
  t.deepEqual(spaceNeeds(files, [mount('/'), mount('/usr'), mount('/boot')], tree), [
    { mount: '/usr', bytes: margin.bytes + 40 * megabyte, files: margin.files + 1 },
    { mount: '/boot', bytes: margin.bytes + 10 * megabyte, files: margin.files + 1 },
  ]);
});

const need = { mount: '/boot', bytes: 100, files: 10 };
const cases: readonly [string, { bytes: number; files: number } | undefined, boolean][] = [
  ['just enough', { bytes: 100, files: 10 }, false],
  ['btrfs, which counts no inodes', { bytes: 100, files: Number.POSITIVE_INFINITY }, false],
  ['too few bytes', { bytes: 99, files: 10 }, true],
  ['too few inodes', { bytes: 100, files: 9 }, true],
  ['nothing known', undefined, true],
];

for (const [title, free, isShort] of cases) {
  test(`room: ${title}`, (t) => {
    const map = new Map(free === undefined ? [] : [['/boot', free]]);
    t.is(shortagesIn([need], map).length, isShort ? 1 : 0);
  });
}

test('the refusal says the numbers', (t) => {
  const shortage = {
    mount: '/',
    neededBytes: 647_000_001,
    freeBytes: 3_000_000,
    neededFiles: 5,
    freeFiles: 9,
  };
  const inodes = { mount: '/usr', neededBytes: 1, freeBytes: 9, neededFiles: 22_435, freeFiles: 12 };
  t.is(
    packageRefusals['no-space']([shortage, inodes]).message,
    'the guest has no room for the packages: / needs 648 MB and has 3 MB free; /usr needs 22435 inodes and has 12 free',
  );
});
