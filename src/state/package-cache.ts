import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Package files of earlier guests, named by their SHA-256. */
export interface PackageCache {
  readonly directory: string;
}

/** Room for the kernels and headers of some ten releases. */
const maximumBytes = 2_000_000_000;

/** The cache in this folder, which is made if need be. */
export async function openPackageCache(cacheDirectory: string): Promise<PackageCache> {
  const directory = join(cacheDirectory, 'apt', 'archives');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  return { directory };
}

/** Copies a kept file to `target`, and says whether there was one. One that isn't what its name says is thrown away. */
export async function takeFromCache(cache: PackageCache, sha256: string, target: string): Promise<boolean> {
  const kept = join(cache.directory, `${sha256}.deb`);
  try {
    await copyFile(kept, target);
  } catch {
    return false;
  }
  if ((await sha256Of(target)) === sha256) {
    const now = new Date();
    await utimes(kept, now, now).catch(() => undefined);
    return true;
  }
  await rm(kept, { force: true });
  await rm(target, { force: true });
  return false;
}

/**
 * Keeps a copy of a file whose SHA-256 has been checked, if there is room. Other processes see all of it or nothing.
 */
export async function putIntoCache(cache: PackageCache, sha256: string, file: string): Promise<void> {
  const kept = join(cache.directory, `${sha256}.deb`);
  if (await stat(kept).catch(() => undefined)) return;
  const draft = `${kept}.${process.pid}`;
  try {
    await copyFile(file, draft);
    await rename(draft, kept);
  } catch {
    await rm(draft, { force: true });
  }
}

/** Removes what wasn't used for longest until the rest fits. */
export async function limitCache({ directory }: PackageCache, limit = maximumBytes): Promise<void> {
  const files = await Promise.all(
    (await readdir(directory)).map(async (name) => ({
      path: join(directory, name),
      status: await stat(join(directory, name)).catch(() => undefined),
    })),
  );
  let bytes = 0;
  const newestFirst = files.sort((one, other) => (other.status?.mtimeMs ?? 0) - (one.status?.mtimeMs ?? 0));
  for (const { path, status } of newestFirst) {
    bytes += status?.size ?? 0;
    if (bytes > limit) await rm(path, { force: true });
  }
}

/** SHA-256 of a file's content, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}
