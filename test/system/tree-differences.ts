import { dirname } from 'node:path/posix';
import type { DesiredNode, FileStep } from '../../src/model.js';
import { bytes, type Described, hash } from './ext-images.js';

/** What the kernel sees in a file system, by path. */
type Tree = ReadonlyMap<string, Described>;

/** How far the time of an edit may lie from now, in seconds. */
const patience = 120;
const typeBits = 0o170000;
const regular = 0o100000;
const directory = 0o040000;
/** By the type bits of its mode, as the next one. */
export const isDirectory = (node: Described | undefined): boolean =>
  node !== undefined && (node.mode & typeBits) === directory;
/** Whether it is a regular file. */
export const isRegular = (node: Described | undefined): boolean =>
  node !== undefined && (node.mode & typeBits) === regular;

/**
 * Where a file system after an edit isn't what the steps asked for, one line each: what was asked has come, a file that
 * got another content is the same inode with the same owner, mode, links and attributes, and all else is as it was.
 */
export function differences(before: Tree, after: Tree, steps: readonly FileStep[]): string[] {
  const expected = expectedTree(before, steps);
  const paths = [...new Set([...expected.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [wanted, found] = [expected.get(path), after.get(path)];
    if (wanted === undefined)
      return found === undefined ? [] : [`${path}: ${say(found)}, and nothing was asked`];
    if (found === undefined) return [`${path}: missing`];
    return Object.entries(wanted).flatMap(([fact, value]) => {
      const now = found[fact as keyof Described];
      return isAsWanted(value, now) ? [] : [`${path}: ${fact} is ${say(now)}, not ${say(value)}`];
    });
  });
}

/** The moment of the edit. */
const editTime = Symbol('about now');
type Wanted = { readonly [fact in keyof Described]?: Described[fact] | typeof editTime };

const isAsWanted = (wanted: unknown, found: unknown): boolean =>
  wanted === editTime ? Math.abs(Number(found) - Date.now() / 1000) < patience : wanted === found;

const say = (value: unknown): string =>
  typeof value === 'symbol' ? (value.description ?? '') : JSON.stringify(value);

function expectedTree(before: Tree, steps: readonly FileStep[]): Map<string, Wanted> {
  const expected = new Map<string, Wanted>(before);
  for (const { path, after } of steps) {
    const old = before.get(path);
    if (after.kind === 'file' && old !== undefined && isRegular(old)) {
      const now = editedFile(old, after);
      // Its other names are the same file.
      for (const [name, { inode }] of before) if (inode === old.inode) expected.set(name, now);
    } else if (old !== undefined || after.kind !== 'absent') {
      replaceName(before, expected, path, newNode(after));
    }
  }
  return expected;
}

function replaceName(
  before: Tree,
  expected: Map<string, Wanted>,
  path: string,
  now: Wanted | undefined,
): void {
  const old = before.get(path);
  if (old !== undefined) oneNameLess(before, expected, path, old);
  if (now !== undefined) expected.set(path, now);
  touchParent(expected, path);
}

function editedFile(old: Described, { text, mode }: DesiredNode & { readonly kind: 'file' }): Wanted {
  return {
    ...old,
    content: hash(bytes(text)),
    modified: editTime,
    ...(mode === undefined ? {} : { mode: regular | mode }),
  };
}

function newNode(after: DesiredNode): Wanted | undefined {
  const common = { owner: '0:0', links: 1, attributes: '', modified: editTime } as const;
  switch (after.kind) {
    case 'absent':
      return undefined;
    case 'symlink':
      return { ...common, mode: 0o120777, content: after.target };
    case 'file':
      return { ...common, mode: regular | (after.mode ?? 0o644), content: hash(bytes(after.text)) };
  }
}

function oneNameLess(before: Tree, expected: Map<string, Wanted>, path: string, old: Described): void {
  expected.delete(path);
  for (const [name, { inode }] of before) {
    const other = expected.get(name);
    if (inode === old.inode && typeof other?.links === 'number')
      expected.set(name, { ...other, links: other.links - 1 });
  }
}

/** A directory whose names change has another time; those that aren't there are created. */
function touchParent(expected: Map<string, Wanted>, path: string): void {
  const parent = dirname(path);
  const known = expected.get(parent);
  if (known !== undefined) {
    expected.set(parent, { ...known, modified: editTime });
    return;
  }
  expected.set(parent, {
    mode: directory | 0o755,
    owner: '0:0',
    links: 2,
    attributes: '',
    modified: editTime,
  });
  touchParent(expected, parent);
  const above = expected.get(dirname(parent));
  if (typeof above?.links === 'number') expected.set(dirname(parent), { ...above, links: above.links + 1 });
}
