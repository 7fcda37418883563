import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Extract, type ExtractEvents, extract } from 'tar-stream';
import { ToolError } from '../../errors.js';
import { withLinks } from '../../guest-files/hard-links.js';
import type { GuestNode, GuestTree } from '../../model.js';
import type { Guestfish } from '../../tools/guestfish.js';
import {
  isText,
  maximumDownloadBytes,
  maximumNodes,
  maximumTotalBytes,
  type SnapshotRequest,
} from '../guest-access.js';
import { tarOut } from './tar-out.js';

type Temporary = () => string;

/** See `GuestAccess.snapshot`. Directories travel as tar archives, single files by themselves. */
export async function readSnapshot(
  guestfish: Guestfish,
  request: SnapshotRequest,
  temporary: Temporary,
): Promise<GuestTree> {
  const tree = new Map<string, GuestNode>();
  for (const path of request.listings) await readListing(guestfish, path, temporary, tree);
  for (const path of request.trees) await readTree(guestfish, path, temporary, tree);
  return tree;
}

/** See `GuestAccess.download`. */
export async function download(
  guestfish: Guestfish,
  guestPath: string,
  hostPath: string,
  limitBytes = maximumDownloadBytes,
): Promise<void> {
  const [exists] = await guestfish.call('is-file', guestPath, 'followsymlinks:true');
  if (exists !== 'true') throw new ToolError(`the guest's ${guestPath} is not a regular file`);
  const [bytes = ''] = await guestfish.call('filesize', guestPath);
  if (!(Number(bytes) <= limitBytes))
    throw new ToolError(`the guest's ${guestPath} is too large: ${bytes} bytes`);
  await guestfish.call('download', guestPath, hostPath);
}

interface Status {
  readonly mode: number;
  readonly bytes: number;
}

/** The status of names in a directory, in their order; undefined where nothing exists. */
async function statusOf(
  guestfish: Guestfish,
  directory: string,
  names: readonly string[],
): Promise<(Status | undefined)[]> {
  const found: (Status | undefined)[] = [];
  let mode = 0;
  for (const line of await guestfish.call('lstatnslist', directory, names.map(listWord).join(' '))) {
    const [, field, value] = /^\s*st_(ino|mode|size): (-?\d+)$/.exec(line) ?? [];
    // A name that doesn't exist comes back with inode number -1 (guestfs(3), lstatnslist).
    if (field === 'ino') found.push(value === '-1' ? undefined : { mode: 0, bytes: 0 });
    if (field === 'mode') mode = Number(value);
    if (field === 'size' && found.at(-1) !== undefined)
      found[found.length - 1] = { mode, bytes: Number(value) };
  }
  return found;
}

/** One word of a list argument: guestfish splits it at white space outside of quotes (guestfish(1)). */
const listWord = (name: string): string => `'${name}'`;

/** guestfish has no way to write these inside a list. Files with such names are no part of a working boot. */
const canBeListed = (name: string): boolean => name !== '' && !/['\\\n]/.test(name);

async function readListing(
  guestfish: Guestfish,
  path: string,
  temporary: Temporary,
  tree: Map<string, GuestNode>,
) {
  const [isDirectory] = await guestfish.call('is-dir', path, 'followsymlinks:true');
  if (isDirectory !== 'true') return;
  const [directory = path] = await guestfish.call('realpath', path);
  const file = temporary();
  await guestfish.call('ls0', directory, file);
  const names = (await readFile(file, 'latin1')).split('\0').filter(canBeListed);
  await rm(file, { force: true });
  if (names.length === 0) return;
  const statuses = await statusOf(guestfish, directory, names);
  for (const [index, name] of names.entries()) {
    const status = statuses[index];
    const entry = directory === '/' ? `/${name}` : `${directory}/${name}`;
    if (status !== undefined) tree.set(entry, await nodeOf(guestfish, entry, status));
  }
}

const fileType = { mask: 0o170000, directory: 0o040000, regular: 0o100000, link: 0o120000 } as const;

async function nodeOf(guestfish: Guestfish, path: string, { mode, bytes }: Status): Promise<GuestNode> {
  switch (mode & fileType.mask) {
    case fileType.directory:
      return { kind: 'directory' };
    case fileType.regular:
      return { kind: 'unread', bytes };
    case fileType.link:
      return { kind: 'symlink', target: (await guestfish.call('readlink', path)).join('\n') };
    default:
      return { kind: 'special' };
  }
}

async function readTree(
  guestfish: Guestfish,
  path: string,
  temporary: Temporary,
  tree: Map<string, GuestNode>,
) {
  const slash = path.lastIndexOf('/');
  const parent = path.slice(0, slash) || '/';
  const name = path.slice(slash + 1);
  const [parentExists] = await guestfish.call('is-dir', parent, 'followsymlinks:true');
  if (parentExists !== 'true') return;
  const [directory = parent] = await guestfish.call('realpath', parent);
  const [status] = await statusOf(guestfish, directory, [name]);
  if (status === undefined) return;
  const real = directory === '/' ? `/${name}` : `${directory}/${name}`;
  const node = await nodeOf(guestfish, real, status);
  tree.set(real, node);
  if (node.kind === 'directory') await readDirectory(guestfish, real, temporary, tree);
  if (node.kind === 'unread' && isText(real, node.bytes)) {
    const file = temporary();
    await guestfish.call('download', real, file);
    tree.set(real, { kind: 'file', text: await readFile(file, 'latin1'), mode: status.mode & 0o7777 });
    await rm(file, { force: true });
  }
}

/** tar-stream's types don't know this option; without it names that aren't UTF-8 would come back changed. */
const namesAsBytes: NonNullable<Parameters<typeof extract>[0]> & { filenameEncoding: BufferEncoding } = {
  filenameEncoding: 'latin1',
};

type Entry = ExtractEvents['entry'][1];

async function readDirectory(
  guestfish: Guestfish,
  directory: string,
  temporary: Temporary,
  tree: Map<string, GuestNode>,
) {
  const file = temporary();
  await tarOut(guestfish, directory, file);
  const archive = extract(namesAsBytes);
  await Promise.all([pipeline(createReadStream(file), archive), collect(archive, directory, tree)]);
  await rm(file, { force: true });
}

/** Names in an archive are data: they become keys of the tree and never paths of the host. */
async function collect(archive: Extract, directory: string, tree: Map<string, GuestNode>): Promise<void> {
  const hardLinks: [string, string][] = [];
  const budget = createBudget(tree);
  const keyOf = (name: string) => `${directory}/${name.replace(/^\.\//, '').replace(/\/$/, '')}`;
  for await (const entry of archive) {
    const { name, type, linkname } = entry.header;
    if (type === 'link') hardLinks.push([keyOf(name), keyOf(linkname)]);
    else if (name !== './' && budget.allows(keyOf(name), entry))
      tree.set(keyOf(name), await nodeOfEntry(keyOf(name), entry));
    entry.resume();
  }
  // Not earlier: an archive that is left in the middle complains itself.
  if (budget.isExceeded()) throw new ToolError(`the guest has too much to read below ${directory}`);
  const names = new Map<string, string[]>();
  for (const [path, target] of hardLinks) {
    const node = tree.get(target);
    if (node === undefined) continue;
    tree.set(path, node);
    const known = names.get(target);
    if (known === undefined) names.set(target, [target, path]);
    else known.push(path);
  }
  for (const [path, node] of withLinks(tree, names.values())) tree.set(path, node);
}

/** Whether there is room for one more entry, until there was none. */
function createBudget(tree: ReadonlyMap<string, GuestNode>) {
  let bytes = 0;
  const isExceeded = () => tree.size > maximumNodes || bytes > maximumTotalBytes;
  const allows = (path: string, { header: { type, size } }: Entry): boolean => {
    const isRead = (type === 'file' || type === 'contiguous-file') && isText(path, size);
    if (isRead && !isExceeded()) bytes += size;
    return !isExceeded();
  };
  return { allows, isExceeded };
}

async function nodeOfEntry(path: string, entry: Entry): Promise<GuestNode> {
  const { type, size, mode, linkname } = entry.header;
  switch (type) {
    case 'directory':
      return { kind: 'directory' };
    case 'symlink':
      return { kind: 'symlink', target: linkname };
    case 'file':
    case 'contiguous-file':
      if (!isText(path, size)) return { kind: 'unread', bytes: size };
      return { kind: 'file', text: await textOf(entry), mode };
    default:
      return { kind: 'special' };
  }
}

async function textOf(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
