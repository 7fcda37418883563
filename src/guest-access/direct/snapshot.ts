import { ToolError } from '../../errors.js';
import { withLinks } from '../../guest-files/hard-links.js';
import type { GuestNode, GuestTree } from '../../model.js';
import { isText, maximumNodes, maximumTotalBytes, type SnapshotRequest } from '../guest-access.js';
import { type Found, isDirectory, isLink, isRegular, lookUp, type MountTable, placed } from './lookup.js';

/** What was read so far, and how much of it. */
interface Reading {
  readonly mounts: MountTable;
  /** From listings; what a tree says of the same path counts. */
  readonly listed: Map<string, GuestNode>;
  readonly nodes: Map<string, GuestNode>;
  /** Paths of regular files by tree and inode. */
  readonly names: Map<string, string[]>;
  bytes: number;
}

/**
 * See `GuestAccess.snapshot`. Keys are real paths: symbolic links in a requested path are followed, except for one at
 * the end of a tree's path. Sorted by path, whatever the order of reading.
 */
export async function readSnapshot(mounts: MountTable, request: SnapshotRequest): Promise<GuestTree> {
  const reading: Reading = { mounts, listed: new Map(), nodes: new Map(), names: new Map(), bytes: 0 };
  // All at once: what is asked in one turn shares a debugfs process.
  await Promise.all([
    ...request.listings.map((path) => readListing(reading, path)),
    ...request.trees.map((path) => readTree(reading, path)),
  ]);
  const nodes = [...new Map([...reading.listed, ...reading.nodes])];
  const sorted = new Map(nodes.sort(([one], [other]) => (one < other ? -1 : 1)));
  return withLinks(sorted, reading.names.values());
}

async function readListing(reading: Reading, path: string): Promise<void> {
  const directory = await lookUp(reading.mounts, path, 'follow');
  if (directory === undefined || !isDirectory(directory)) return;
  const children = await childrenOf(reading, directory);
  await Promise.all(children.map((child) => keep(reading.listed, child, nodeOf(child))));
}

async function readTree(reading: Reading, path: string): Promise<void> {
  const top = await lookUp(reading.mounts, path, 'keep');
  if (top !== undefined) await readBelow({ reading, top }, top, new Set());
}

/** One wanted tree. */
interface Tree {
  readonly reading: Reading;
  readonly top: Found;
}

/** `above` holds the directories on the way, so that one which contains itself is found out. */
async function readBelow(tree: Tree, found: Found, above: ReadonlySet<string>): Promise<void> {
  const { reading, top } = tree;
  const identity = `${found.fileSystem.device} ${found.inode}`;
  if (isRegular(found)) noteName(reading, `${top.path} ${identity}`, found.path);
  await keep(reading.nodes, found, isRegular(found) ? fileOf(reading, found) : nodeOf(found));
  if (!isDirectory(found)) return;
  if (above.has(identity)) throw new ToolError(`the guest's directory ${found.path} contains itself`);
  const here = new Set(above).add(identity);
  const children = await childrenOf(reading, found);
  await Promise.all(children.map((child) => readBelow(tree, child, here)));
}

function noteName({ names }: Reading, file: string, path: string): void {
  const known = names.get(file);
  if (known === undefined) names.set(file, [path]);
  else known.push(path);
}

async function childrenOf({ mounts }: Reading, directory: Found): Promise<Found[]> {
  const entries = await directory.fileSystem.entries(directory.inode, directory.path);
  return [...entries.values()].map((entry) => placed(mounts, directory, entry));
}

async function keep(nodes: Map<string, GuestNode>, { path }: Found, node: Promise<GuestNode>): Promise<void> {
  nodes.set(path, await node);
  if (nodes.size > maximumNodes) throw new ToolError(`the guest has too many files to read, at ${path}`);
}

async function nodeOf(found: Found): Promise<GuestNode> {
  if (isDirectory(found)) return { kind: 'directory' };
  if (isRegular(found)) return { kind: 'unread', bytes: found.bytes };
  if (isLink(found)) return { kind: 'symlink', target: await found.fileSystem.target(found, found.path) };
  return { kind: 'special' };
}

async function fileOf(reading: Reading, found: Found): Promise<GuestNode> {
  if (!isText(found.path, found.bytes)) return { kind: 'unread', bytes: found.bytes };
  reading.bytes += found.bytes;
  if (reading.bytes > maximumTotalBytes)
    throw new ToolError(`the guest has too much text to read, at ${found.path}`, {
      remedy: 'move what is no configuration out of /etc',
    });
  const text = await found.fileSystem.text(found, found.path);
  return { kind: 'file', text, mode: found.mode & 0o7777 };
}
