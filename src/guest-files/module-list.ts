/** A module of a kernel as modules.dep lists it. */
export interface ModuleLine {
  /** Relative to the kernel's folder: `kernel/drivers/block/xen-blkfront.ko.xz`. */
  readonly path: string;
  /** Paths of the modules that have to be loaded before it. */
  readonly needs: readonly string[];
}

/** The lines of a modules.dep, `path: path path …` (modules.dep(5)). What isn't such a line is left out. */
export function readModuleList(text: string): ModuleLine[] {
  return text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('#')) return [];
    const needs = line.slice(colon + 1).split(' ');
    return [{ path: line.slice(0, colon), needs: needs.filter((need) => need !== '') }];
  });
}

/** The text of a modules.dep with these lines. */
export const writeModuleList = (lines: readonly ModuleLine[]): string =>
  lines.map((line) => `${lineOf(line)}\n`).join('');

/** As depmod writes it: a colon, and a blank before each name. */
const lineOf = ({ path, needs }: ModuleLine): string => [`${path}:`, ...needs].join(' ');

/** What modprobe calls the module in a file: dashes are underscores, endings go (kmod's path_to_modname). */
const modprobeName = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko(?:\.[a-z]+)?$/, '')
    .replaceAll('-', '_');

const magic = 0xb007f457;
const version = 0x00020001;
const hasPrefix = 0x80000000;
const hasValues = 0x40000000;
const hasChildren = 0x20000000;

/**
 * The same list as modules.dep.bin, the only form in which modprobe looks for it: a tree of names, its numbers with
 * the highest byte first. Source: kmod's libkmod/libkmod-index.h (layout) and tools/depmod.c (index_write).
 */
export function writeModuleIndex(lines: readonly ModuleLine[]): Buffer {
  const names = new Map(lines.map((line, index) => [modprobeName(line.path), { line, index }]));
  const keys = [...names.keys()].filter((name) => /^[\x21-\x7e]+$/.test(name)).sort(byBytes);
  const header = Buffer.alloc(12);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(version, 4);
  const parts: Part = { buffers: [header], bytes: header.length };
  const root = writeNode(parts, keys, 0, (key) => {
    const { line, index } = names.get(key) ?? { line: { path: '', needs: [] }, index: 0 };
    return Buffer.concat([number32(1), number32(index), Buffer.from(`${lineOf(line)}\0`, 'latin1')]);
  });
  header.writeUInt32BE(root, 8);
  return Buffer.concat(parts.buffers);
}

const byBytes = (one: string, other: string): number => (one < other ? -1 : 1);

/** What is written so far. */
interface Part {
  readonly buffers: Buffer[];
  bytes: number;
}

/**
 * Writes the node of sorted names that agree in their first `depth` characters, its children first, and returns where
 * it lies, with the flags that say what it consists of.
 */
function writeNode(
  parts: Part,
  keys: readonly string[],
  depth: number,
  valuesOf: (key: string) => Buffer,
): number {
  const prefixEnd = commonEnd(keys, depth);
  const prefix = (keys[0] ?? '').slice(depth, prefixEnd);
  const own = keys.find((key) => key.length === prefixEnd);
  const children = groupByCharacter(
    keys.filter((key) => key !== own),
    prefixEnd,
  );
  const table = childTable(
    [...children].map(([code, group]) => [code, writeNode(parts, group, prefixEnd + 1, valuesOf)]),
  );
  const body = [
    ...(prefix === '' ? [] : [Buffer.from(`${prefix}\0`, 'latin1')]),
    ...(table === undefined ? [] : [table]),
    ...(own === undefined ? [] : [valuesOf(own)]),
  ];
  const offset = parts.bytes;
  for (const buffer of body) {
    parts.buffers.push(buffer);
    parts.bytes += buffer.length;
  }
  const flags =
    (prefix === '' ? 0 : hasPrefix) +
    (table === undefined ? 0 : hasChildren) +
    (own === undefined ? 0 : hasValues);
  return offset + flags;
}

/** How far sorted names agree: as far as the first and the last. */
function commonEnd(keys: readonly string[], depth: number): number {
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  let end = depth;
  while (end < first.length && first[end] === last[end]) end += 1;
  return end;
}

function groupByCharacter(keys: readonly string[], at: number): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const key of keys) {
    const code = key.charCodeAt(at);
    const group = groups.get(code);
    if (group === undefined) groups.set(code, [key]);
    else group.push(key);
  }
  return groups;
}

/** First and last character, then the place of the child for each character from the one to the other, 0 for none. */
function childTable(children: readonly (readonly [number, number])[]): Buffer | undefined {
  const [first] = children[0] ?? [];
  const [last] = children.at(-1) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const table = Buffer.alloc(2 + 4 * (last - first + 1));
  table.writeUInt8(first, 0);
  table.writeUInt8(last, 1);
  for (const [code, offset] of children) table.writeUInt32BE(offset, 2 + 4 * (code - first));
  return table;
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
