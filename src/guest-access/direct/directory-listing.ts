/** One name in a directory, with what its inode says. */
export interface DirectoryEntry {
  /** One character per byte. */
  readonly name: string;
  readonly inode: number;
  /** Type and permission bits, as in stat(2). */
  readonly mode: number;
  readonly bytes: number;
}

/** `ls -l` of debugfs (debugfs/ls.c): " %6u  %6o (%d)  %5d  %5d   %5llu %2d-%s-%4d %02d:%02d NAME". */
const linePattern =
  /^ +(\d+) +([0-7]+) \(\d+\) +-?\d+ +-?\d+ +(\d+) (?: {17}|[ \d]\d-[A-Z][a-z]{2}-[ \d]*\d \d\d:\d\d) (.*)$/;

/**
 * Reads what debugfs' `ls -l` printed. Names are unambiguous there: every byte outside of printable ASCII, and the
 * backslash, comes as `\xhh`. Returns undefined for anything but a healthy directory: another line in between (a
 * complaint), `.` and `..` not in front, a slash or a zero byte in a name.
 */
export function parseListing(text: string): DirectoryEntry[] | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '') return undefined;
  // debugfs prints an empty line after a listing.
  if (lines.at(-1) === '') lines.pop();
  const entries = lines.map(parseLine);
  if (entries[0]?.name !== '.' || entries[1]?.name !== '..') return undefined;
  const names: DirectoryEntry[] = [];
  for (const entry of entries.slice(2)) {
    if (entry === undefined) return undefined;
    if (entry.inode === 0) continue;
    if (!isName(entry.name)) return undefined;
    names.push(entry);
  }
  return names;
}

const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);

function parseLine(line: string): DirectoryEntry | undefined {
  const [, inode, mode, bytes, escaped] = linePattern.exec(line) ?? [];
  if (inode === undefined || mode === undefined || bytes === undefined || escaped === undefined)
    return undefined;
  const name = escaped.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return { name, inode: Number(inode), mode: Number.parseInt(mode, 8), bytes: Number(bytes) };
}
