import { linkSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, lchown, truncate } from 'node:fs/promises';
import { bytes, program } from './ext-images.js';
import type { Draw } from './random-draw.js';
import type { ExtOptions } from './random-ext-options.js';

/** What a file system of this kind can hold. */
type Room = Pick<ExtOptions, 'inodeBytes' | 'blockBytes'>;

const oddNames = [
  'two  spaces ',
  'a "quoted" name',
  '<12>',
  '-p',
  '!ls',
  '#x',
  'tab\tbell\x07',
  'back\\slash',
  'caf\xe9 \xff',
];

/** Sizes around every edge: what fits into an inode, into one block, into the twelve direct ones. */
const drawSize = (draw: Draw, { blockBytes }: Room): number =>
  draw.of([
    0,
    draw.integer(1, 160),
    draw.integer(1, 3 * blockBytes),
    blockBytes * draw.integer(1, 14) + draw.integer(-1, 1),
    draw.integer(1, 60_000),
    ...(draw.chance(0.1) ? [draw.integer(60_000, 600_000)] : []),
  ]);

const drawName = (draw: Draw, number: number): string =>
  draw.chance(0.15)
    ? `${number}${draw.of(oddNames)}`
    : `file-${number}${'-long'.repeat(draw.chance(0.1) ? 45 : 0)}`;

/**
 * Fills a folder of this host with a random tree, for `mke2fs -d`: files, sparse ones too, symbolic and hard links,
 * directories with so many names that they need an index, pipes and devices, odd names, owners, modes, times, extended
 * attributes and ACLs. Names hold any byte.
 */
export async function plantTree(draw: Draw, top: string, room: Room): Promise<void> {
  mkdirSync(top);
  const directories = [''];
  for (let number = draw.integer(1, 8); number > 0; number -= 1) {
    const path = `${draw.of(directories)}/${draw.chance(0.2) ? draw.of(oddNames) : 'dir'}-${number}`;
    mkdirSync(bytes(top + path));
    directories.push(path);
  }
  if (draw.chance(0.4)) plantCrowd(draw, top + draw.of(directories));
  const files: string[] = [];
  for (let number = draw.integer(5, 60); number > 0; number -= 1) {
    const path = `${draw.of(directories)}/${drawName(draw, number)}`;
    if (draw.chance(0.65)) {
      await plantFile(draw, bytes(top + path), room);
      files.push(path);
    } else if (draw.chance(0.4) && files.length > 0) {
      linkSync(bytes(top + draw.of(files)), bytes(top + path));
    } else {
      await plantOther(draw, { top, path, number }, room);
    }
  }
  await adorn(draw, top, directories, files);
  await writeAttributes(draw, top, { directories, files }, room);
}

/** Files without content, with names so long that the directory takes many blocks. */
function plantCrowd(draw: Draw, folder: string): void {
  const count = draw.integer(60, 400);
  for (let number = 0; number < count; number += 1)
    writeFileSync(bytes(`${folder}/one-of-many-names-that-are-long-enough-to-need-an-index-${number}`), '');
}

async function plantFile(draw: Draw, path: Buffer, room: Room): Promise<void> {
  const size = drawSize(draw, room);
  writeFileSync(path, String.fromCharCode(97 + draw.integer(0, 25)).repeat(size));
  // mke2fs 1.47.0 makes a file of nothing but a hole one that lies in its inode, however long.
  if (size > 0 && draw.chance(0.1)) await truncate(path, size + draw.integer(1, 40) * room.blockBytes);
}

interface Place {
  readonly top: string;
  readonly path: string;
  readonly number: number;
}

/** Links with targets around what fits into an inode; pipes and devices at the top, where no name is odd. */
async function plantOther(draw: Draw, { top, path, number }: Place, { blockBytes }: Room): Promise<void> {
  const kind = draw.of(['short', 'short', 'long', 'long', 'pipe', 'device'] as const);
  if (kind === 'pipe') await program`mkfifo ${`${top}/pipe-${number}`}`;
  else if (kind === 'device') await program`mknod ${`${top}/device-${number}`} b 8 ${draw.integer(0, 300)}`;
  else {
    const length = kind === 'short' ? draw.integer(1, 59) : draw.integer(60, Math.min(blockBytes - 1, 1500));
    symlinkSync(bytes(`/${'target \xe9'.repeat(length)}`.slice(0, length)), bytes(top + path));
  }
}

/** Owners, modes and times. Times come last, since what is put into a directory changes them. */
async function adorn(
  draw: Draw,
  top: string,
  directories: readonly string[],
  files: readonly string[],
): Promise<void> {
  for (const path of draw.some([...directories, ...files], 0.5)) {
    await lchown(bytes(top + path), draw.of([0, 33, 1000, 70_000]), draw.of([0, 42, 80_000]));
  }
  for (const path of draw.some(files, 0.6))
    await chmod(bytes(top + path), draw.of([0o600, 0o755, 0o4755, 0o2711, 0o1777, 0o444, 0]));
  for (const path of draw.some(directories, 0.3))
    await chmod(bytes(top + path), draw.of([0o700, 0o1777, 0o2755]));
  for (const path of [...files, ...directories].filter(() => draw.chance(0.7))) {
    const time = draw.of([0, 1, 1_000_000_000, draw.integer(1_200_000_000, 1_700_000_000), 2_000_000_000]);
    lutimesSync(bytes(top + path), time, time);
  }
}

/** One user, mask and default ACLs as the kernel hands them out: version 2, entries of tag, permissions, id (posix_acl_xattr.h). */
const acl = (user: number): string => {
  const entries = [
    [0x01, 6, 0xffffffff],
    [0x02, 6, user],
    [0x04, 4, 0xffffffff],
    [0x10, 6, 0xffffffff],
    [0x20, 4, 0xffffffff],
  ] as const;
  const content = Buffer.alloc(4 + 8 * entries.length);
  content.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    content.writeUInt16LE(tag, 4 + 8 * index);
    content.writeUInt16LE(permissions, 6 + 8 * index);
    content.writeUInt32LE(id, 8 + 8 * index);
  }
  return `0x${content.toString('hex')}`;
};

interface Planted {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

/** Writes them by one setfattr, which reads what getfattr prints: bytes of a name as `\ooo`. */
async function writeAttributes(draw: Draw, top: string, planted: Planted, room: Room): Promise<void> {
  const name = (path: string) =>
    (top + path).replace(/[^!-~]|[\\=]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const blocks = [
    ...draw.some(planted.files, 0.25).map((path) => `# file: ${name(path)}\n${attributesOf(draw, room)}\n`),
    ...draw
      .some(planted.directories.slice(1), 0.2)
      .map((path) => `# file: ${name(path)}\nsystem.posix_acl_default=${acl(33)}\n`),
  ];
  if (blocks.length === 0) return;
  const list = `${top}.attributes`;
  writeFileSync(list, blocks.join('\n'), 'latin1');
  await program`setfattr -h --restore=${list}`;
}

function attributesOf(draw: Draw, { inodeBytes, blockBytes }: Room): string {
  const value = (length: number) => `"${'v'.repeat(length)}"`;
  const lines = [
    `user.small=${value(draw.integer(0, 30))}`,
    `user.large=${value(draw.integer(Math.min(inodeBytes, 200), blockBytes - 700))}`,
    `trusted.note=${value(draw.integer(1, 40))}`,
    `system.posix_acl_access=${acl(draw.of([33, 70_000]))}`,
    'security.capability=0x0100000200040000000000000000000000000000',
  ];
  const chosen = draw.some(lines, 0.4);
  return (chosen.length === 0 ? lines.slice(0, 1) : chosen).join('\n');
}
