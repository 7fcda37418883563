import type { GuestNode, GuestTree } from '../model.js';

/** As many as Linux follows before it says ELOOP (path_resolution(7)). */
const maxLinks = 40;

/** Splits a path at its slashes, without empty and `.` parts. */
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * Follows symbolic links inside the guest only: an absolute target starts at the guest's root, `..` stops there.
 * Returns the path that the name leads to, whether or not something exists there; undefined for a loop.
 */
export function resolvePath(tree: GuestTree, path: string): string | undefined {
  const todo = partsOf(path);
  const done: string[] = [];
  let links = 0;
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    if (part === '..') {
      done.pop();
      continue;
    }
    const node = tree.get(`/${[...done, part].join('/')}`);
    if (node?.kind !== 'symlink') {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > maxLinks) return undefined;
    if (node.target.startsWith('/')) done.length = 0;
    todo.unshift(...partsOf(node.target));
  }
  return `/${done.join('/')}`;
}

/** What a path leads to, symbolic links followed; undefined when nothing was read there. */
export function nodeAt(tree: GuestTree, path: string): GuestNode | undefined {
  const resolved = resolvePath(tree, path);
  return resolved === undefined ? undefined : tree.get(resolved);
}

/** The text of a regular file, symbolic links followed; undefined when there is none or it wasn't read. */
export function textAt(tree: GuestTree, path: string): string | undefined {
  const node = nodeAt(tree, path);
  return node?.kind === 'file' ? node.text : undefined;
}

/** Names directly below a directory, sorted by code unit as `ls` in the C locale does; empty when there is none. */
export function namesIn(tree: GuestTree, directory: string): string[] {
  const resolved = resolvePath(tree, directory);
  if (resolved === undefined) return [];
  const prefix = resolved === '/' ? '/' : `${resolved}/`;
  const names: string[] = [];
  for (const path of tree.keys()) {
    if (path.startsWith(prefix) && path !== '/' && !path.includes('/', prefix.length)) {
      names.push(path.slice(prefix.length));
    }
  }
  return names.sort();
}

/** Whether two nodes say the same, in whatever order the guest access gave their properties. */
export const sameNode = (one: object, other: object): boolean => canonical(one) === canonical(other);

const canonical = (node: object): string => JSON.stringify(Object.entries(node).sort());
