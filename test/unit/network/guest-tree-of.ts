import type { GuestNode, GuestTree } from '../../../src/model.js';

/** A guest's tree of these files, with the directories that they need. A string is a regular file's text. */
export function guestTree(files: Readonly<Record<string, string | GuestNode>>): GuestTree {
  const tree = new Map<string, GuestNode>();
  for (const [path, content] of Object.entries(files)) {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      tree.set(path.slice(0, at), { kind: 'directory' });
    }
    tree.set(path, typeof content === 'string' ? { kind: 'file', text: content, mode: 0o644 } : content);
  }
  return tree;
}
