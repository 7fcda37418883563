import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { keepLists, withAptWorkspace } from '../../../src/stages/apt-workspace.js';
import { aptPlaces } from '../../../src/tools/apt.js';

async function folderFor(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const { signal } = new AbortController();

test('what a killed run left goes, what a living one works in stays', async (t) => {
  const cache = await folderFor(t);
  const work = join(cache, 'apt/work');
  // Numbers of processes end below 2^22 (proc_sys_kernel(5), pid_max).
  for (const name of ['99999999-abcdef', '1-abcdef']) await mkdir(join(work, name), { recursive: true });
  const during = await withAptWorkspace(cache, signal, async () => readdir(work));
  t.is(during.length, 2);
  t.deepEqual(await readdir(work), ['1-abcdef']);
});

test('lists that were not used for long go', async (t) => {
  const cache = await folderFor(t);
  const directory = join(cache, 'root');
  await mkdir(join(directory, aptPlaces.lists), { recursive: true });
  await writeFile(join(directory, aptPlaces.lists, 'a_Packages'), '');
  for (let age = 1; age <= 12; age += 1) {
    const path = join(cache, 'lists', `old-${age}`);
    await mkdir(path, { recursive: true });
    await utimes(path, 1_000_000 - age, 1_000_000 - age);
  }
  await keepLists({ root: { directory, user: undefined, signal }, listsCache: join(cache, 'lists/new') });
  const names = await readdir(join(cache, 'lists'));
  t.is(names.length, 12);
  t.true(names.includes('new') && !names.includes('old-12'));
  t.deepEqual(await readdir(join(cache, 'lists/new')), ['a_Packages']);
});
