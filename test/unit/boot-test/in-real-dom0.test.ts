import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { withDir } from 'tmp-promise';
import { bootTestWay } from '../../../src/boot-test/in-real-dom0.js';

const wayWith = (capabilities: string) =>
  withDir(
    async ({ path }) => {
      const file = join(path, 'capabilities');
      await writeFile(file, capabilities);
      return bootTestWay(file);
    },
    { unsafeCleanup: true },
  );

test('a host without Xen uses the rig', async (t) => {
  t.deepEqual(await bootTestWay('/nonexistent/capabilities'), { kind: 'rig' });
});

test('a domU of Xen uses the rig', async (t) => {
  t.deepEqual(await wayWith(''), { kind: 'rig' });
});

test('a dom0 says that xl comes later', async (t) => {
  const way = await wayWith('control_d\n');
  t.is(way.kind, 'real-dom0');
  t.regex(way.kind === 'real-dom0' ? way.message : '', /xl/);
});
