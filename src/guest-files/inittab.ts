/** An entry of inittab(5), `id:runlevels:action:process`. */
export interface InittabEntry {
  readonly id: string;
  readonly runlevels: string;
  readonly action: string;
  readonly process: string;
  /** Index of its line in the text, from 0. */
  readonly line: number;
}

/**
 * The entries of a text in inittab's form, in order. Comments, empty lines and lines without three colons, which init
 * complains about and skips, are left out.
 */
export function readInittab(text: string): readonly InittabEntry[] {
  return text.split('\n').flatMap((line, index) => {
    const [, id, runlevels, action, process] =
      /^[ \t]*([^#:\s][^:]*):([^:]*):([^:]*):(.*?)\r?$/.exec(line) ?? [];
    if (id === undefined || runlevels === undefined || action === undefined || process === undefined)
      return [];
    return [{ id, runlevels, action, process, line: index }];
  });
}

/** Whether init starts the process of this entry in any runlevel: `off` and a runlevel-free `respawn` are left alone. */
export const isStarted = ({ action }: InittabEntry): boolean => /^(?:respawn|wait|once)$/.test(action);

/** Turns lines into comments, as Debian's own inittab has its examples: `#T0:23:respawn:…`. */
export function commentOutLines(text: string, lines: readonly number[]): string {
  const wanted = new Set(lines);
  return text
    .split('\n')
    .map((line, index) => (wanted.has(index) ? `#${line}` : line))
    .join('\n');
}

/** Puts a line behind the one with this index, or at the end, with the line ending that the text has. */
export function insertLine(text: string, line: string, after: number | undefined): string {
  const ending = text.includes('\r\n') ? '\r' : '';
  const lines = text.split('\n');
  if (after === undefined || after >= lines.length - 1) {
    const separator = text === '' || text.endsWith('\n') ? '' : `${ending}\n`;
    return `${text}${separator}${line}${ending}\n`;
  }
  return [...lines.slice(0, after + 1), `${line}${ending}`, ...lines.slice(after + 1)].join('\n');
}
