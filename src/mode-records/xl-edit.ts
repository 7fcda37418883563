import { encodeXlString } from './xl-strings.js';
import type { XlAtom, XlDocument, XlList, XlSetting } from './xl-syntax.js';
import type { XlToken } from './xl-tokens.js';

/** Changes to a file, collected and then written at once. Whatever isn't named in one keeps its bytes. */
export interface XlEdits {
  /** Another text for a token: a new name or value. */
  readonly replace: (token: number, text: string) => void;
  /** Another string for a value, in the quotes that are there. */
  readonly setString: (atom: XlAtom, value: string) => void;
  /** Takes a setting out, with its line when nothing else is on it. Its comments stay, each on a line. */
  readonly removeSetting: (setting: XlSetting) => void;
  /** Takes an entry out of a list, with its comma and its line when nothing else is on it. Its comments stay. */
  readonly removeItem: (list: XlList, position: number) => void;
  /** Adds whole lines behind the line that a setting ends on, indented as that one. */
  readonly addBehind: (setting: XlSetting, lines: readonly string[]) => void;
  /** The text with all changes. */
  readonly print: () => string;
}

/** Starts collecting changes to a document, which itself stays as it is. */
export function editXl(document: XlDocument): XlEdits {
  const tokens = document.tokens.map((token) => ({ ...token }));
  const removed = new Set<number>();
  const added = new Map<number, readonly string[]>();
  return {
    replace: (token, text) => setText(tokens, token, text),
    setString: (atom, value) => {
      const quote = tokens[atom.token]?.text.startsWith("'") ? "'" : '"';
      setText(tokens, atom.token, encodeXlString(value, quote));
    },
    removeSetting: (setting) => void removed.add(setting.first),
    removeItem: (list, position) => removeItem(tokens, list, position),
    addBehind: (setting, lines) =>
      void added.set(setting.first, [...(added.get(setting.first) ?? []), ...lines]),
    print: () => printLines(tokens, linesOf(document), removed, added),
  };
}

interface EditedToken {
  readonly kind: XlToken['kind'];
  text: string;
}

function setText(tokens: readonly EditedToken[], index: number, text: string): void {
  const token = tokens[index];
  if (token !== undefined) token.text = text;
}

const textBetween = (tokens: readonly EditedToken[], from: number, to: number): string =>
  tokens
    .slice(from, to)
    .map((token) => token.text)
    .join('');

// ------------------------------------------------------------------------------------------------ list entries

function removeItem(tokens: readonly EditedToken[], list: XlList, position: number): void {
  const item = list.items[position];
  if (item === undefined) return;
  const first = item.kind === 'atom' ? item.token : item.open;
  const last = item.kind === 'atom' ? item.token : item.close;
  for (let index = first; index <= last; index += 1) setText(tokens, index, '');
  const comma = findKind(tokens, last + 1, list.close, 'comma', 1);
  if (comma !== undefined) {
    setText(tokens, comma, '');
    if (tokens[comma + 1]?.kind === 'blank') setText(tokens, comma + 1, '');
  } else {
    removeCommaBefore(tokens, first, list.open);
  }
  removeEmptyLine(tokens, first, last, list);
}

/** The last entry goes: the comma that led to it goes as well, with the blank behind it. */
function removeCommaBefore(tokens: readonly EditedToken[], first: number, open: number): void {
  const comma = findKind(tokens, first - 1, open, 'comma', -1);
  if (comma === undefined) return;
  setText(tokens, comma, '');
  if (comma + 2 === first) setText(tokens, comma + 1, '');
}

/** The next token of a kind that isn't already taken out, not crossing another value. */
function findKind(
  tokens: readonly EditedToken[],
  from: number,
  to: number,
  kind: XlToken['kind'],
  step: 1 | -1,
): number | undefined {
  for (let index = from; index !== to; index += step) {
    const token = tokens[index];
    if (token?.text === '') continue;
    if (token?.kind === kind) return index;
    if (!/^(?:blank|newline|comment)$/.test(token?.kind ?? '')) return undefined;
  }
  return undefined;
}

/** Takes out the line of a removed entry when only blanks are left on it; the brackets' own lines stay. */
function removeEmptyLine(tokens: readonly EditedToken[], first: number, last: number, list: XlList): void {
  let start = first;
  while (start > list.open && tokens[start - 1]?.kind !== 'newline') start -= 1;
  let end = last;
  while (end < list.close && tokens[end]?.kind !== 'newline') end += 1;
  const isOwnLine = start > list.open && end < list.close;
  if (!isOwnLine || textBetween(tokens, start, end).trim() !== '') return;
  for (let index = start; index <= end; index += 1) setText(tokens, index, '');
}

// ---------------------------------------------------------------------------------------------------- settings

/** The tokens from one line's end to the next, lists not cut, and the settings on them. `end` is past the newline. */
interface LogicalLine {
  readonly start: number;
  readonly end: number;
  readonly settings: readonly XlSetting[];
}

function linesOf(document: XlDocument): LogicalLine[] {
  const lines: LogicalLine[] = [];
  const endOfSetting = new Map(document.settings.map((setting) => [setting.first, setting]));
  let start = 0;
  let settings: XlSetting[] = [];
  for (let index = 0; index < document.tokens.length; index += 1) {
    const setting = endOfSetting.get(index);
    if (setting !== undefined) {
      settings.push(setting);
      index = setting.last;
    }
    if (document.tokens[index]?.kind === 'newline' || index === document.tokens.length - 1) {
      lines.push({ start, end: index + 1, settings });
      start = index + 1;
      settings = [];
    }
  }
  return lines;
}

function printLines(
  tokens: readonly EditedToken[],
  lines: readonly LogicalLine[],
  removed: ReadonlySet<number>,
  added: ReadonlyMap<number, readonly string[]>,
): string {
  const printed: string[] = [];
  let isGap = false;
  for (const line of lines) {
    const hasRemoval = line.settings.some((setting) => removed.has(setting.first));
    const text = hasRemoval
      ? withoutRemoved(tokens, line, removed)
      : textBetween(tokens, line.start, line.end);
    // Where whole lines went, the blank lines around them would add up.
    const doubled: boolean = isGap && text.trim() === '' && (printed.at(-1) ?? '').trim() === '';
    if (text !== '' && !doubled) printed.push(text);
    isGap = text === '' || (isGap && doubled);
    const extra = line.settings.flatMap((setting) => added.get(setting.first) ?? []);
    if (extra.length > 0) printed.push(...addedLines(printed, indentOf(tokens, line), extra));
  }
  if (isGap && printed.at(-1)?.trim() === '') printed.pop();
  return printed.join('');
}

/** New lines behind the text so far; the last line of a file keeps its missing newline. */
function addedLines(printed: readonly string[], indent: string, lines: readonly string[]): string[] {
  const hasNewline = printed.at(-1)?.endsWith('\n') ?? true;
  return lines.map((line) => (hasNewline ? `${indent}${line}\n` : `\n${indent}${line}`));
}

function indentOf(tokens: readonly EditedToken[], line: LogicalLine): string {
  const first = tokens[line.start];
  return first?.kind === 'blank' ? first.text : '';
}

/** A line without some of its settings: their comments first, then what is left of the line. */
function withoutRemoved(
  tokens: readonly EditedToken[],
  line: LogicalLine,
  removed: ReadonlySet<number>,
): string {
  const indent = indentOf(tokens, line);
  const gone = line.settings.filter((setting) => removed.has(setting.first));
  const comments = gone.flatMap((setting) =>
    tokens.slice(setting.first, setting.last + 1).filter((token) => token.kind === 'comment'),
  );
  const own = comments.map((comment) => `${indent}${comment.text}\n`).join('');
  return own + restOfLine(tokens, line, removed, indent);
}

function restOfLine(
  tokens: readonly EditedToken[],
  line: LogicalLine,
  removed: ReadonlySet<number>,
  indent: string,
): string {
  let text = '';
  let previous = line.start;
  for (const { first, last } of line.settings) {
    if (!removed.has(first)) {
      text += text === '' ? indent : textBetween(tokens, previous, first);
      text += textBetween(tokens, first, last + 1);
    }
    previous = last + 1;
  }
  const tail = textBetween(tokens, previous, line.end);
  if (text !== '') return text + tail;
  const comment = tail.replace(/^[ \t;]+/, '');
  return comment.trim() === '' ? '' : indent + comment;
}
