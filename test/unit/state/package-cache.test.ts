import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  limitCache,
  openPackageCache,
  putIntoCache,
  sha256Of,
  takeFromCache,
} from '../../../src/state/package-cache.js';

async function cacheFor(t: ExecutionContext) {
  const folder = await mkdtemp('/var/tmp/convert-image-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const cache = await openPackageCache(folder);
  const put = async (content: string): Promise<string> => {
    const file = join(folder, 'file');
    await writeFile(file, content);
    const hash = await sha256Of(file);
    await putIntoCache(cache, hash, file);
    return hash;
  };
  return { cache, put, target: join(folder, 'target') };
}

test('what was put comes back', async (t) => {
  const { cache, put, target } = await cacheFor(t);
  const hash = await put('abc');
  // FIPS 180-2, the first example.
  t.is(hash, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  t.true(await takeFromCache(cache, hash, target));
  t.is(await readFile(target, 'utf8'), 'abc');
  t.false(await takeFromCache(cache, '0'.repeat(64), target));
});

test('a file that was changed in the cache is thrown away', async (t) => {
  const { cache, put, target } = await cacheFor(t);
  const hash = await put('abc');
  await writeFile(join(cache.directory, `${hash}.deb`), 'abd');
  t.false(await takeFromCache(cache, hash, target));
  t.deepEqual(await readdir(cache.directory), []);
  await t.throwsAsync(readFile(target), { code: 'ENOENT' });
});

test('what was not used for longest goes first', async (t) => {
  const { cache, put, target } = await cacheFor(t);
  const hashes: string[] = [];
  for (const [index, content] of ['aaaa', 'bbbb', 'cccc'].entries()) {
    const hash = await put(content);
    hashes.push(hash);
    await utimes(join(cache.directory, `${hash}.deb`), 1000 + index, 1000 + index);
  }
  t.true(await takeFromCache(cache, hashes[0] ?? '', target));
  await limitCache(cache, 8);
  t.deepEqual(
    (await readdir(cache.directory)).sort(),
    [hashes[0], hashes[2]].map((hash) => `${hash}.deb`).sort(),
  );
});

test('a cache that takes nothing is no reason to fail', async (t) => {
  const { cache, put, target } = await cacheFor(t);
  await rm(cache.directory, { recursive: true });
  const hash = await put('abc');
  t.false(await takeFromCache(cache, hash, target));
});
