import { execFileSync } from 'node:child_process';
import test from 'ava';
import { writeCpio } from '../../../src/guest-files/cpio-writer.js';

const archive = writeCpio([
  { name: 'conf' },
  { name: 'conf/modules', content: Buffer.from('xen-blkfront\n') },
  { name: 'empty', content: Buffer.alloc(0) },
]);

const cpio = (...args: string[]): string =>
  execFileSync('cpio', ['--quiet', ...args], { input: archive, encoding: 'latin1' });

test('GNU cpio lists it', (t) => {
  const columns = cpio('-itvn', '--numeric-uid-gid')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s+/));
  t.deepEqual(
    columns.map(([mode, links, owner, group, bytes]) => [mode, links, owner, group, bytes]),
    [
      ['drwxr-xr-x', '2', '0', '0', '0'],
      ['-rw-r--r--', '1', '0', '0', '13'],
      ['-rw-r--r--', '1', '0', '0', '0'],
    ],
  );
  t.deepEqual(
    columns.map((line) => line.at(-1)),
    ['conf', 'conf/modules', 'empty'],
  );
});

test('GNU cpio unpacks it', (t) => {
  t.is(cpio('-i', '--to-stdout', 'conf/modules'), 'xen-blkfront\n');
});

test('its length is a multiple of four', (t) => {
  t.is(archive.length % 4, 0);
});
