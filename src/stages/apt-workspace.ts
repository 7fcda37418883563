import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withDir } from 'tmp-promise';
import type { AptSource } from '../guest-files/apt-sources.js';
import { sourcesText } from '../guest-files/apt-sources-text.js';
import { type AptRoot, aptPlaces, prepareAptRoot, sandboxUser } from '../tools/apt.js';
import type { GuestApt } from './read-guest-apt.js';

/** An apt root that is set up as the guest's apt, and where its lists of packages are kept for the next guest. */
export interface AptWorkspace {
  readonly root: AptRoot;
  readonly listsCache: string;
}

/**
 * Hands `fn` a private apt root below the cache folder; it is gone afterwards. It isn't in the state directory, which is
 * closed to the unprivileged user that apt runs as.
 */
export async function withAptWorkspace<T>(
  cacheDirectory: string,
  signal: AbortSignal,
  fn: (root: AptRoot) => Promise<T>,
): Promise<T> {
  const work = join(cacheDirectory, 'apt', 'work');
  await mkdir(work, { recursive: true, mode: 0o755 });
  await sweep(work);
  return withDir(
    async ({ path }) => {
      await chmod(path, 0o755);
      return fn({ directory: path, user: await sandboxUser(path), signal });
    },
    { unsafeCleanup: true, tmpdir: work, template: `${process.pid}-XXXXXX` },
  );
}

/** Removes what killed runs left: their names begin with the number of a process that is gone. */
async function sweep(work: string): Promise<void> {
  for (const name of await readdir(work)) {
    const isLeft = await stat(`/proc/${Number.parseInt(name, 10)}`).then(
      () => false,
      () => true,
    );
    if (isLeft) await rm(join(work, name), { recursive: true, force: true });
  }
}

/** Fills the root with what the guest's apt knows, and with lists of packages that an earlier guest of its kind got. */
export async function setUpAptRoot(
  root: AptRoot,
  guest: GuestApt,
  sources: readonly AptSource[],
  cacheDirectory: string,
): Promise<AptWorkspace> {
  await prepareAptRoot(root, guest.architectures);
  const place = (path: string) => join(root.directory, path);
  const { text, keys } = sourcesText(sources, guest.keyrings, place(aptPlaces.keys));
  await writeFile(place(`${aptPlaces.sources}/guest.sources`), text, 'latin1');
  await writeFile(place(aptPlaces.status), guest.status, 'latin1');
  for (const [name, content] of keys) await writeFile(place(`${aptPlaces.keys}/${name}`), content, 'latin1');
  for (const [path, content] of guest.files) await writeFile(place(path), content, 'latin1');
  const hash = createHash('sha256');
  for (const part of [JSON.stringify(sources), ...keys.values(), ...guest.files.values()]) {
    hash.update(`${part.length} `).update(part, 'latin1');
  }
  const listsCache = join(cacheDirectory, 'apt', 'lists', hash.digest('hex').slice(0, 32));
  await copyFiles(listsCache, place(aptPlaces.lists));
  return { root, listsCache };
}

/** Keeps the lists that apt has fetched and verified. Others may do the same at this moment: a file appears whole. */
export async function keepLists({ root, listsCache }: AptWorkspace): Promise<void> {
  await mkdir(listsCache, { recursive: true, mode: 0o755 });
  await copyFiles(join(root.directory, aptPlaces.lists), listsCache);
  const now = new Date();
  await utimes(listsCache, now, now).catch(() => undefined);
  await limitLists(dirname(listsCache));
}

/** Lists of some kinds of guest: Debian's take 50 MB a release, Ubuntu's several times that. */
const maximumLists = 12;

/** Removes the lists that weren't used for longest. */
async function limitLists(directory: string): Promise<void> {
  const kept: { path: string; used: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const used = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    kept.push({ path, used });
  }
  const oldest = kept.sort((one, other) => other.used - one.used).slice(maximumLists);
  for (const { path } of oldest) await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** What another process removes meanwhile is left out: apt fetches what it lacks. */
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile() && each.name !== 'lock')) {
    const draft = join(to, `.${process.pid}-${entry.name}`);
    const original = join(from, entry.name);
    try {
      await copyFile(original, draft);
      // apt asks a server whether there is anything newer than the file's time.
      const { atime, mtime } = await stat(original);
      await utimes(draft, atime, mtime);
      await rename(draft, join(to, entry.name));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      await rm(draft, { force: true });
    }
  }
}
