import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { withDir } from 'tmp-promise';

/** Runs a program; its output as text, its failure as an exception. */
export const program = execa({ env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' }, stdin: 'ignore' });

/** Writes a partition table, given in sfdisk's language. */
export async function partition(image: string, size: string, table: string): Promise<void> {
  writeFileSync(image, '');
  await program`truncate -s ${size} ${image}`;
  await execa({ input: table })`sfdisk -q ${image}`;
}

/** Runs a test in a folder of its own. */
export const inFolder = (fn: (folder: string) => Promise<void>): Promise<void> =>
  withDir(({ path }) => fn(path), { unsafeCleanup: true, prefix: 'convert-image-test' });

/** Makes an image of that size with an ext file system as the whole disk. */
export async function makeExt(
  path: string,
  options: readonly string[],
  size = 24 * 1024 * 1024,
): Promise<void> {
  writeFileSync(path, '');
  truncateSync(path, size);
  await program`mke2fs -q -F ${[...options]} ${path}`;
}

/**
 * Mounts an image by this machine's kernel, which is right in a test only, and unmounts it again. The mount is in a
 * namespace of its own: a copy of it in another namespace, as every `unshare` makes one, would keep it busy.
 */
export async function withMounted<T>(
  image: string,
  options: string,
  fn: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = `${image}.mnt`;
  mkdirSync(directory, { recursive: true });
  const script = 'mount -o "$0" "$1" "$2" && echo mounted && read -r end; umount "$2"';
  const holder = execa({
    stdin: 'pipe',
  })`unshare --mount --propagation private sh -c ${script} ${`loop,${options}`} ${image} ${directory}`;
  try {
    await Promise.race([once(holder.stdout, 'data'), holder]);
    return await fn(`/proc/${holder.pid}/root${directory}`);
  } finally {
    holder.stdin.end('\n');
    await holder;
  }
}

/** A byte-string path as the file system takes it. */
export const bytes = (path: string): Buffer => Buffer.from(path, 'latin1');

/** What the kernel says of one file, as one line of text per fact. */
export interface Described {
  readonly inode: number;
  readonly mode: number;
  readonly owner: string;
  readonly links: number;
  readonly modified: number;
  /** Hash of the content, target of a link, or empty. */
  readonly content: string;
  /** Extended attributes and ACLs, as getfattr prints them. */
  readonly attributes: string;
}

/** Everything below a mounted directory, by path from there, one character per byte. */
export async function describeTree(directory: string): Promise<Map<string, Described>> {
  const attributes = await attributesBelow(directory);
  const described = new Map<string, Described>();
  const visit = (path: string): void => {
    const full = bytes(`${directory}${path}`);
    const status = lstatSync(full);
    described.set(path === '' ? '/' : path, {
      inode: status.ino,
      mode: status.mode,
      owner: `${status.uid}:${status.gid}`,
      links: status.nlink,
      modified: Math.floor(status.mtimeMs / 1000),
      content: status.isFile()
        ? hash(readFileSync(full))
        : status.isSymbolicLink()
          ? readlinkSync(full, 'latin1')
          : '',
      attributes: attributes.get(`${directory}${path}`) ?? '',
    });
    if (!status.isDirectory()) return;
    for (const name of readdirSync(full, 'latin1')) visit(`${path}/${name}`);
  };
  visit('');
  return described;
}

export const hash = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** getfattr writes bytes of a name that it finds odd as `\ooo`. */
async function attributesBelow(directory: string): Promise<Map<string, string>> {
  const { stdout } = await program({
    encoding: 'latin1',
  })`getfattr -R -P -h -d -m - -e hex --absolute-names ${directory}`;
  const found = new Map<string, string>();
  for (const block of stdout.split('\n\n')) {
    const [first = '', ...rest] = block.split('\n');
    const name = first
      .replace(/^# file: /, '')
      .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    found.set(
      name,
      rest
        .filter((line) => line !== '')
        .sort()
        .join('\n'),
    );
  }
  return found;
}

/** Mounts what an overlay shows and describes it; the overlay isn't changed. */
export async function describeOverlay(overlay: string): Promise<Map<string, Described>> {
  const raw = `${overlay}.raw`;
  await program`qemu-img convert -f qcow2 -O raw ${overlay} ${raw}`;
  return withMounted(raw, 'ro', describeTree);
}

export async function makeOverlay(folder: string, image: string): Promise<string> {
  const overlay = join(folder, 'overlay.qcow2');
  await program`qemu-img create -q -f qcow2 -F raw -b ${image} ${overlay}`;
  return overlay;
}
