/**
 * Files of sections and assignments, as systemd.syntax(7) and GLib's key files have them. What is read keeps every
 * byte, so that an edit changes the lines that it means and no others. Sections and keys may come several times.
 */

/** How a program reads such a file. */
export type IniDialect =
  /** A backslash at the end continues a line, comments in between are skipped; `#` and `;` start a comment. */
  | 'systemd'
  /** Nothing is continued; only `#` starts a comment. */
  | 'glib';

/** A line with the lines that a backslash adds to it. `raw` is its bytes, line ends included. */
export interface IniLine {
  readonly raw: string;
  readonly kind: 'section' | 'entry' | 'other';
  /** The section that it opens or stands in; empty before the first. */
  readonly section: string;
  /** Which of the file's section headers it stands under, from 0; -1 before the first. */
  readonly block: number;
  /** Empty unless it is an entry. */
  readonly key: string;
  /** Without blanks around it; where lines are continued, with a blank for every backslash. */
  readonly value: string;
}

/** Reads a text. Never fails: what is neither a section nor an assignment stays as a line without meaning. */
export function parseIni(text: string, dialect: IniDialect): IniLine[] {
  const lines: IniLine[] = [];
  let section = '';
  let block = -1;
  for (const raw of rawLines(text, dialect)) {
    const content = contentOf(raw, dialect);
    const header = /^\[([^\]]*)\]$/.exec(content)?.[1];
    const at = content.indexOf('=');
    if (header !== undefined) {
      section = header;
      block += 1;
      lines.push({ raw, kind: 'section', section, block, key: '', value: '' });
    } else if (at > 0) {
      const [key, value] = [trimmed(content.slice(0, at)), trimmed(content.slice(at + 1))];
      lines.push({ raw, kind: 'entry', section, block, key, value });
    } else {
      lines.push({ raw, kind: 'other', section, block, key: '', value: '' });
    }
  }
  return lines;
}

/** The text of these lines; of parsed ones the very bytes that were read. */
export const printIni = (lines: readonly IniLine[]): string => lines.map(({ raw }) => raw).join('');

/** An entry as a line of its own, with the line end of the file that it goes to. */
export const iniEntry = (
  key: string,
  value: string,
  neighbour: Pick<IniLine, 'section' | 'block'>,
  end = '\n',
): IniLine => ({
  raw: `${key}=${value}${end}`,
  kind: 'entry',
  section: neighbour.section,
  block: neighbour.block,
  key,
  value,
});

/**
 * The same entry with another value. Key, blanks around the equals sign and line end stay; an entry that goes on over
 * several lines, among which there may be comments, becomes one line.
 */
export function withIniValue(line: IniLine, value: string): IniLine {
  const isContinued = line.raw.slice(0, -1).includes('\n');
  const head = isContinued ? undefined : /^[ \t]*[^=]*=[ \t]*/.exec(line.raw)?.[0];
  const end = /\r?\n$/.exec(line.raw)?.[0] ?? '';
  return { ...line, raw: `${head ?? `${line.key}=`}${value}${end}`, value };
}

/** What ends the lines of a text; `\n` for one that has no line end. */
export const lineEndOf = (text: string): string => (/\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n');

const isComment = (line: string, dialect: IniDialect): boolean =>
  (dialect === 'systemd' ? /^[ \t]*[#;]/ : /^[ \t]*#/).test(line);

function rawLines(text: string, dialect: IniDialect): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (dialect === 'glib') return lines;
  const joined: string[] = [];
  let open: string[] = [];
  for (const line of lines) {
    const comment = isComment(line, dialect);
    if (open.length === 0 && comment) {
      joined.push(line);
      continue;
    }
    open.push(line);
    if (comment || /\\\r?\n$/.test(line)) continue;
    joined.push(open.join(''));
    open = [];
  }
  return open.length === 0 ? joined : [...joined, open.join('')];
}

/** What a line means, without blanks around it: nothing for a comment, the parts of a continued one as one. */
function contentOf(raw: string, dialect: IniDialect): string {
  if (dialect === 'glib') return isComment(raw, dialect) ? '' : trimmed(raw);
  const parts = raw.split('\n').filter((line) => !isComment(line, dialect));
  return trimmed(parts.map((line) => line.replace(/\\\r?$/, ' ')).join(''));
}

/** JavaScript's own trim would also take bytes of UTF-8 characters. */
const trimmed = (text: string): string => {
  const start = /^[ \t\v\f\r\n]*/.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && ' \t\v\f\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
};
