import type { GuestNode, GuestTree } from '../model.js';

/** The tree in which each file knows its other names. `files` has the paths of every file, one list each. */
export function withLinks(tree: GuestTree, files: Iterable<readonly string[]>): GuestTree {
  const linked = new Map<string, GuestNode>(tree);
  for (const names of files) {
    const paths = [...new Set(names)];
    if (paths.length < 2) continue;
    for (const path of paths) {
      const node = tree.get(path);
      const links = paths.filter((other) => other !== path).sort();
      if (node?.kind === 'file') linked.set(path, { ...node, links });
    }
  }
  return linked;
}
