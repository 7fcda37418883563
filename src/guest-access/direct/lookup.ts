import type { DirectoryEntry } from './directory-listing.js';
import { type ExtFileSystem, rootInode } from './ext-file-system.js';

/** File systems by mount point, `/` among them; nothing is really mounted. */
export type MountTable = ReadonlyMap<string, ExtFileSystem>;

/** Something that exists in the guest. */
export interface Found extends DirectoryEntry {
  readonly fileSystem: ExtFileSystem;
  /** Absolute, without symbolic links. */
  readonly path: string;
}

/** Type bits of a mode (inode(7)). */
export const fileType = { mask: 0o170000, directory: 0o040000, regular: 0o100000, link: 0o120000 } as const;

/** By the type bits of the entry's mode, as stat(2) has them; so do the next two. */
export const isDirectory = ({ mode }: DirectoryEntry): boolean =>
  (mode & fileType.mask) === fileType.directory;
/** A regular file. */
export const isRegular = ({ mode }: DirectoryEntry): boolean => (mode & fileType.mask) === fileType.regular;
/** A symbolic link. */
export const isLink = ({ mode }: DirectoryEntry): boolean => (mode & fileType.mask) === fileType.link;

/** As many as Linux follows before it says ELOOP (path_resolution(7)). */
const maximumLinks = 40;

/** Splits a path at its slashes, without empty and `.` parts. */
export const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

/** The root directory of what is mounted at a path. */
export function mountRoot(fileSystem: ExtFileSystem, path: string): Found {
  return { name: '', path, fileSystem, inode: rootInode, mode: fileType.directory | 0o755, bytes: 0 };
}

/** What a directory has under a name, or what is mounted there; undefined when there is nothing. */
export async function childOf(
  mounts: MountTable,
  directory: Found,
  name: string,
): Promise<Found | undefined> {
  const entries = await directory.fileSystem.entries(directory.inode, directory.path);
  const entry = entries.get(name);
  return entry === undefined ? undefined : placed(mounts, directory, entry);
}

/** An entry of a directory with its path; the root of a file system where one is mounted. */
export function placed(mounts: MountTable, directory: Found, entry: DirectoryEntry): Found {
  const path = directory.path === '/' ? `/${entry.name}` : `${directory.path}/${entry.name}`;
  const mounted = mounts.get(path);
  return mounted !== undefined && isDirectory(entry)
    ? mountRoot(mounted, path)
    : { ...entry, path, fileSystem: directory.fileSystem };
}

/** Where a path has led so far: the directories from the root down, and the names that are left. */
interface Way {
  readonly done: Found[];
  readonly todo: string[];
  links: number;
}

/**
 * Follows a path inside the guest: an absolute target starts at the guest's root, `..` stops there. `last` says
 * whether a symbolic link at the path's end is followed too. Undefined when there is nothing, or a loop.
 */
export async function lookUp(
  mounts: MountTable,
  path: string,
  last: 'follow' | 'keep',
): Promise<Found | undefined> {
  const root = mounts.get('/');
  if (root === undefined) return undefined;
  const way: Way = { done: [mountRoot(root, '/')], todo: partsOf(path), links: 0 };
  for (let part = way.todo.shift(); part !== undefined; part = way.todo.shift()) {
    if (!(await takeStep(mounts, way, part, last))) return undefined;
  }
  return way.done.at(-1);
}

/** Goes on by one name; false when that leads nowhere. */
async function takeStep(
  mounts: MountTable,
  way: Way,
  part: string,
  last: 'follow' | 'keep',
): Promise<boolean> {
  const here = way.done.at(-1);
  if (here === undefined || !isDirectory(here)) return false;
  if (part === '..') {
    if (way.done.length > 1) way.done.pop();
    return true;
  }
  const child = await childOf(mounts, here, part);
  if (child === undefined) return false;
  if (isLink(child) && (way.todo.length > 0 || last === 'follow')) return followLink(way, child);
  way.done.push(child);
  return true;
}

/** Puts a link's target in front of what is left of the path; false when there were too many links. */
async function followLink(way: Way, link: Found): Promise<boolean> {
  way.links += 1;
  if (way.links > maximumLinks) return false;
  const target = await link.fileSystem.target(link, link.path);
  if (target.startsWith('/')) way.done.length = 1;
  way.todo.unshift(...partsOf(target));
  return true;
}
