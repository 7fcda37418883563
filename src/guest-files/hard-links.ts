import type { GuestNode, GuestTree } from '../model.js';

/** No configuration has more names; with each knowing all others, a hostile guest's 65,000 would fill the memory. */
const mostNames = 200;

/**
 * The tree in which each file knows its other names. `files` has the paths of every file, one list each. A file with
 * more names than any configuration has is `unread`, so that nobody edits it.
 */
export function withLinks(tree: GuestTree, files: Iterable<readonly string[]>): GuestTree {
  const linked = new Map<string, GuestNode>(tree);
  for (const names of files) {
    const paths = [...new Set(names)];
    if (paths.length < 2) continue;
    if (paths.length > mostNames) {
      for (const path of paths) setUnread(linked, path);
      continue;
    }
    for (const path of paths) {
      const node = tree.get(path);
      const links = paths.filter((other) => other !== path).sort();
      if (node?.kind === 'file') linked.set(path, { ...node, links });
    }
  }
  return linked;
}

function setUnread(tree: Map<string, GuestNode>, path: string): void {
  const node = tree.get(path);
  if (node?.kind === 'file') tree.set(path, { kind: 'unread', bytes: node.text.length });
}
