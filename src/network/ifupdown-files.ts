import { namesIn, nodeAt, resolvePath } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { isGlob, matchesGlob } from './glob.js';
import { headerWords, parseInterfaces } from './ifupdown.js';

const mainFile = '/etc/network/interfaces';

/** More than any real guest has; a guest that names more could keep us busy for ever. */
const maxFiles = 200;

/**
 * The files that ifupdown reads, in its order: `source` with shell patterns, `source-directory` with plain names.
 * Paths are free of symbolic links, each is listed once; files that weren't read from the guest are left out.
 */
export function interfacesFiles(tree: GuestTree): string[] {
  const found: string[] = [];
  const pending = [mainFile];
  for (let path = pending.shift(); path !== undefined && found.length < maxFiles; path = pending.shift()) {
    const resolved = resolvePath(tree, path);
    const node = resolved === undefined ? undefined : tree.get(resolved);
    if (resolved === undefined || node?.kind !== 'file' || found.includes(resolved)) continue;
    found.push(resolved);
    // Depth first, as ifupdown reads an included file before the rest of the including one.
    pending.unshift(...includedPaths(tree, path, node.text).slice(0, maxFiles));
  }
  return found;
}

/** Names that `source-directory` takes: interfaces(5), "INCLUDING OTHER FILES". */
const plainName = /^[a-zA-Z0-9_-]+$/;

function includedPaths(tree: GuestTree, file: string, text: string): string[] {
  const directory = file.slice(0, file.lastIndexOf('/'));
  return parseInterfaces(text).flatMap((stanza) => {
    if (stanza.keyword !== 'source' && stanza.keyword !== 'source-directory') return [];
    const paths = headerWords(stanza)
      .slice(1)
      .flatMap((word, index) => expandPath(tree, absolute(directory, unquoted(word), index)));
    return stanza.keyword === 'source' ? paths : paths.flatMap((path) => plainFilesIn(tree, path));
  });
}

const plainFilesIn = (tree: GuestTree, directory: string): string[] =>
  namesIn(tree, directory)
    .filter((name) => plainName.test(name))
    .map((name) => `${directory}/${name}`);

/** ifupdown puts the file's own directory before the first word only; the others start where it runs, at `/`. */
const absolute = (directory: string, word: string, index: number): string =>
  word.startsWith('/') ? word : `${index === 0 ? directory : ''}/${word}`;

/** wordexp(3) removes quotes; patterns inside quotes are rare enough to be treated as patterns. */
const unquoted = (word: string): string => word.replace(/["']/g, '');

/** The existing paths that a shell pattern stands for, sorted; a path without pattern is returned as it is. */
function expandPath(tree: GuestTree, pattern: string): string[] {
  let paths = [''];
  for (const part of pattern.split('/').filter((name) => name !== '' && name !== '.')) {
    paths = paths.flatMap((path) =>
      isGlob(part) ? matchingNames(tree, path, part).map((name) => `${path}/${name}`) : [`${path}/${part}`],
    );
    if (paths.length > maxFiles) paths = paths.slice(0, maxFiles);
  }
  return paths.filter((path) => nodeAt(tree, path) !== undefined);
}

const matchingNames = (tree: GuestTree, directory: string, pattern: string): string[] =>
  namesIn(tree, directory === '' ? '/' : directory).filter(
    (name) => (!name.startsWith('.') || pattern.startsWith('.')) && matchesGlob(pattern, name),
  );
