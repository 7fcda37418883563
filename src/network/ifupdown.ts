/**
 * interfaces(5) as ifupdown's own reader takes it (config.c of 0.8.41): a comment starts a line and is never
 * continued, a backslash at the very end continues any other line, and a keyword in the first place starts a stanza.
 * Blanks are those of C's isspace: JavaScript's `\s` would also take bytes of UTF-8 characters.
 */

/** A line with the lines that a backslash adds to it. `raw` is its bytes, line ends included. */
export interface InterfacesLine {
  readonly raw: string;
  /** Empty for a blank line and for a comment. */
  readonly words: readonly string[];
}

export type StanzaKeyword =
  | 'auto'
  | 'allow'
  | 'no-auto-down'
  | 'no-scripts'
  | 'rename'
  | 'source'
  | 'source-directory'
  | 'mapping'
  | 'iface'
  /** What stands before the first stanza of a file. */
  | 'start';

/** A stanza and all that follows up to the next one: options, comments, blank lines. The first line is its header. */
export interface Stanza {
  readonly keyword: StanzaKeyword;
  readonly lines: readonly InterfacesLine[];
}

/** What an `iface` line says. `family` and `method` are empty where it leaves them out. */
export interface IfaceHeader {
  readonly name: string;
  readonly family: string;
  readonly method: string;
  /** Names of the stanzas that this one builds on. */
  readonly inherits: readonly string[];
}

/** Reads a file in the form of interfaces(5). Never fails; what makes no sense stays as lines without meaning. */
export function parseInterfaces(text: string): Stanza[] {
  const stanzas: { keyword: StanzaKeyword; lines: InterfacesLine[] }[] = [{ keyword: 'start', lines: [] }];
  for (const line of logicalLines(text)) {
    const keyword = keywordOf(line.words[0]);
    if (keyword === undefined) stanzas.at(-1)?.lines.push(line);
    else stanzas.push({ keyword, lines: [line] });
  }
  return stanzas;
}

/** The text of these stanzas; of parsed ones the very bytes that were read. */
export function printInterfaces(stanzas: readonly Stanza[]): string {
  return stanzas.map(({ lines }) => lines.map(({ raw }) => raw).join('')).join('');
}

/** What the first line of an `iface` stanza says; undefined for other stanzas. */
export function ifaceHeader(stanza: Stanza): IfaceHeader | undefined {
  if (stanza.keyword !== 'iface') return undefined;
  const words = headerWords(stanza).slice(1);
  const at = words.indexOf('inherits', 1);
  const own = at < 0 ? words : words.slice(0, at);
  return {
    name: own[0] ?? '',
    family: own[1] ?? '',
    method: own[2] ?? '',
    inherits: at < 0 ? [] : words.slice(at + 1),
  };
}

/** The words of a stanza's first line, keyword included; none for what stands before the first stanza. */
export function headerWords(stanza: Stanza): readonly string[] {
  return stanza.keyword === 'start' ? [] : (stanza.lines[0]?.words ?? []);
}

/** The words of each option line of a stanza: the option's name and its value, split at blanks. */
export function optionLines(stanza: Stanza): readonly (readonly string[])[] {
  const lines = stanza.keyword === 'start' ? stanza.lines : stanza.lines.slice(1);
  return lines.map(({ words }) => words).filter((words) => words.length > 0);
}

/** The value of an option with blanks as one space, the first one when it is given several times. */
export function optionValue(stanza: Stanza, name: string): string | undefined {
  return optionLines(stanza)
    .find(([option]) => option === name)
    ?.slice(1)
    .join(' ');
}

const exactKeywords: ReadonlySet<string> = new Set([
  'auto',
  'no-auto-down',
  'no-scripts',
  'rename',
  'source',
  'mapping',
  'iface',
]);

function keywordOf(word: string | undefined): StanzaKeyword | undefined {
  if (word === undefined) return undefined;
  if (exactKeywords.has(word)) return word as StanzaKeyword;
  if (word.startsWith('allow-') && word.length > 'allow-'.length) return 'allow';
  // ifupdown compares only this much of the word.
  return word.startsWith('source-dir') ? 'source-directory' : undefined;
}

function logicalLines(text: string): InterfacesLine[] {
  const lines: InterfacesLine[] = [];
  for (let start = 0; start < text.length; ) {
    let end = afterLine(text, start);
    const isComment = /^[ \t\v\f\r]*#/.test(text.slice(start, end));
    while (
      !isComment &&
      text.charAt(end - 2) === '\\' &&
      text.charAt(end - 1) === '\n' &&
      end < text.length
    ) {
      end = afterLine(text, end);
    }
    const raw = text.slice(start, end);
    lines.push({ raw, words: isComment ? [] : wordsOf(raw) });
    start = end;
  }
  return lines;
}

const afterLine = (text: string, start: number): number => {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline + 1;
};

/** A backslash that ends the file continues nothing, and is dropped too. */
const wordsOf = (raw: string): string[] =>
  raw
    .replaceAll('\\\n', '')
    .replace(/\\$/, '')
    .match(/[^ \t\v\f\r\n]+/g) ?? [];
