import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readCopy } from '../../../src/stages/read-copy.js';

test('a copy is read, one that is too large is refused by name', async (t) => {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const copy = join(folder, 'copy');
  await writeFile(copy, 'abc');
  t.is((await readCopy(copy, '/boot/config')).toString(), 'abc');
  t.is((await readCopy(copy, '/boot/config', 3)).length, 3);
  await t.throwsAsync(readCopy(copy, '/boot/config', 2), { message: /\/boot\/config has 3 bytes/ });
  // Sparse: Node could read it, and could make no text of it.
  await truncate(copy, 600 * 1024 * 1024);
  await t.throwsAsync(readCopy(copy, '/var/lib/dpkg/status'), { name: 'ToolError' });
});
