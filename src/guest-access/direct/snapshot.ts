import { ToolError } from '../../errors.js';
import type { GuestNode, GuestTree } from '../../model.js';
import { maximumTextBytes, type SnapshotRequest } from '../guest-access.js';
import { type Found, isDirectory, isLink, isRegular, lookUp, type MountTable, placed } from './lookup.js';

/** Configuration never comes near these; a hostile guest could otherwise fill this host's memory. */
const maximumNodes = 200_000;
const maximumTotalBytes = 256 * 1024 * 1024;

/** What was read so far, and how much of it. */
interface Reading {
  readonly mounts: MountTable;
  /** From listings; what a tree says of the same path counts. */
  readonly listed: Map<string, GuestNode>;
  readonly nodes: Map<string, GuestNode>;
  bytes: number;
}

/**
 * See `GuestAccess.snapshot`. Keys are real paths: symbolic links in a requested path are followed, except for one at
 * the end of a tree's path. Sorted by path, whatever the order of reading.
 */
export async function readSnapshot(mounts: MountTable, request: SnapshotRequest): Promise<GuestTree> {
  const reading: Reading = { mounts, listed: new Map(), nodes: new Map(), bytes: 0 };
  // All at once: what is asked in one turn shares a debugfs process.
  await Promise.all([
    ...request.listings.map((path) => readListing(reading, path)),
    ...request.trees.map((path) => readTree(reading, path)),
  ]);
  const nodes = [...new Map([...reading.listed, ...reading.nodes])];
  return new Map(nodes.sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function readListing(reading: Reading, path: string): Promise<void> {
  const directory = await lookUp(reading.mounts, path, 'follow');
  if (directory === undefined || !isDirectory(directory)) return;
  const children = await childrenOf(reading, directory);
  await Promise.all(children.map((child) => keep(reading.listed, child, nodeOf(child))));
}

async function readTree(reading: Reading, path: string): Promise<void> {
  const top = await lookUp(reading.mounts, path, 'keep');
  if (top !== undefined) await readBelow(reading, top, new Set());
}

/** `above` holds the directories on the way, so that one which contains itself is found out. */
async function readBelow(reading: Reading, found: Found, above: ReadonlySet<string>): Promise<void> {
  await keep(reading.nodes, found, isRegular(found) ? fileOf(reading, found) : nodeOf(found));
  if (!isDirectory(found)) return;
  const identity = `${found.fileSystem.device} ${found.inode}`;
  if (above.has(identity)) throw new ToolError(`the guest's directory ${found.path} contains itself`);
  const here = new Set(above).add(identity);
  const children = await childrenOf(reading, found);
  await Promise.all(children.map((child) => readBelow(reading, child, here)));
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
  if (found.bytes > maximumTextBytes) return { kind: 'unread', bytes: found.bytes };
  reading.bytes += found.bytes;
  if (reading.bytes > maximumTotalBytes)
    throw new ToolError(`the guest has too much text to read, at ${found.path}`);
  const text = await found.fileSystem.text(found, found.path);
  return { kind: 'file', text, mode: found.mode & 0o7777 };
}
