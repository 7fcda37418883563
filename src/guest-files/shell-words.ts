/** A piece of a shell word: plain text, quotes and backslashes resolved, or something that the shell replaces. */
export type ShellPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `name` is set for `$NAME` and `${NAME}`; everything else needs a shell to be told. */
  | { readonly kind: 'reference'; readonly raw: string; readonly name: string | undefined };

export type ShellQuoting = 'none' | 'single' | 'double' | 'mixed';

export interface ShellWord {
  readonly end: number;
  readonly parts: readonly ShellPart[];
  readonly quoting: ShellQuoting;
  /** False when a quote or an expansion isn't closed. */
  readonly closed: boolean;
}

/** Reads one word of the POSIX shell's grammar, from `start` up to a blank or an operator outside quotes. */
export function readShellWord(text: string, start: number): ShellWord {
  const parts: ShellPart[] = [];
  const quotings = new Set<ShellQuoting>();
  let at = start;
  let closed = true;
  while (at < text.length && closed && !/[ \t\r\n;&|()<>]/.test(text.charAt(at))) {
    const piece = readPiece(text, at);
    parts.push(...piece.parts);
    quotings.add(piece.quoting);
    closed = piece.closed;
    at = piece.end;
  }
  const [first = 'none'] = quotings;
  const quoting =
    quotings.size > 1 || (quotings.size === 1 && countPieces(text, start, at, first) > 1) ? 'mixed' : first;
  return { end: at, parts, quoting, closed };
}

/** Two quoted strings side by side would be printed as one: that is no longer the same style. */
function countPieces(text: string, start: number, end: number, quoting: ShellQuoting): number {
  if (quoting !== 'single' && quoting !== 'double') return 1;
  return readPiece(text, start).end === end ? 1 : 2;
}

function readPiece(text: string, at: number): ShellWord {
  switch (text[at]) {
    case "'":
      return readSingleQuoted(text, at);
    case '"':
      return readDoubleQuoted(text, at);
    case '\\':
      return readBackslash(text, at);
    case '$':
    case '`':
      return { ...readReference(text, at), quoting: 'none' };
    default:
      return readPlain(text, at);
  }
}

const plainCharacters = /[^ \t\r\n;&|()<>'"\\$`]+/y;

function readPlain(text: string, at: number): ShellWord {
  plainCharacters.lastIndex = at;
  const plain = plainCharacters.exec(text)?.[0] ?? text.charAt(at);
  return { end: at + plain.length, parts: [{ kind: 'text', text: plain }], quoting: 'none', closed: true };
}

function readSingleQuoted(text: string, at: number): ShellWord {
  const close = text.indexOf("'", at + 1);
  const end = close < 0 ? text.length : close;
  const parts: ShellPart[] = [{ kind: 'text', text: text.slice(at + 1, end) }];
  return { end: close < 0 ? end : end + 1, parts, quoting: 'single', closed: close >= 0 };
}

function readBackslash(text: string, at: number): ShellWord {
  const next = text[at + 1];
  const parts: ShellPart[] = next === undefined || next === '\n' ? [] : [{ kind: 'text', text: next }];
  return { end: Math.min(at + 2, text.length), parts, quoting: 'mixed', closed: next !== undefined };
}

function readDoubleQuoted(text: string, start: number): ShellWord {
  const parts: ShellPart[] = [];
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    const piece = readInsideDoubleQuotes(text, at);
    parts.push(...piece.parts);
    at = piece.end;
    if (!piece.closed) return { end: at, parts, quoting: 'double', closed: false };
  }
  return { end: Math.min(at + 1, text.length), parts, quoting: 'double', closed: at < text.length };
}

const plainInDoubleQuotes = /[^"\\$`]+/y;

function readInsideDoubleQuotes(text: string, at: number): ShellWord {
  const character = text.charAt(at);
  if (character === '\\') return readEscapeInDoubleQuotes(text, at);
  if (character === '$' || character === '`') return { ...readReference(text, at), quoting: 'double' };
  plainInDoubleQuotes.lastIndex = at;
  const plain = plainInDoubleQuotes.exec(text)?.[0] ?? character;
  return { end: at + plain.length, parts: [{ kind: 'text', text: plain }], quoting: 'double', closed: true };
}

/** Inside double quotes a backslash quotes only these four and the end of a line. */
function readEscapeInDoubleQuotes(text: string, at: number): ShellWord {
  const next = text.charAt(at + 1);
  const resolved = next === '\n' ? '' : /["\\$`]/.test(next) ? next : `\\${next}`;
  return {
    end: Math.min(at + 2, text.length),
    parts: resolved === '' ? [] : [{ kind: 'text', text: resolved }],
    quoting: 'double',
    closed: true,
  };
}

const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/y;

function readReference(text: string, at: number): Omit<ShellWord, 'quoting'> {
  variable.lastIndex = at;
  const match = variable.exec(text);
  if (match !== null) {
    const [raw, plain, braced] = match;
    return { end: at + raw.length, parts: [{ kind: 'reference', raw, name: plain ?? braced }], closed: true };
  }
  const next = text.charAt(at + 1);
  if (text[at] === '$' && !/[({0-9@*#?$!-]/.test(next)) {
    return { end: at + 1, parts: [{ kind: 'text', text: '$' }], closed: true };
  }
  const end = endOfExpansion(text, at);
  const raw = text.slice(at, end ?? text.length);
  return {
    end: end ?? text.length,
    parts: [{ kind: 'reference', raw, name: undefined }],
    closed: end !== undefined,
  };
}

/** Where `$(…)`, `${…}`, a backtick string or `$?` ends; undefined when it isn't closed. */
function endOfExpansion(text: string, at: number): number | undefined {
  if (text[at] === '`') return afterQuoted(text, at);
  const open = text.charAt(at + 1);
  if (open !== '(' && open !== '{') return at + 2;
  return afterBrackets(text, at + 1, open, open === '(' ? ')' : '}');
}

/** Behind a string whose quote stands at `start`; in single quotes a backslash means nothing. */
function afterQuoted(text: string, start: number): number | undefined {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at + 1;
    if (text[at] === '\\' && quote !== "'") at += 1;
  }
  return undefined;
}

function afterBrackets(text: string, start: number, open: string, close: string): number | undefined {
  let depth = 0;
  let at: number | undefined = start;
  while (at !== undefined && at < text.length) {
    const character = text.charAt(at);
    if (character === open) depth += 1;
    if (character === close) depth -= 1;
    at = afterItem(text, at);
    if (depth === 0) return at;
  }
  return undefined;
}

function afterItem(text: string, at: number): number | undefined {
  const character = text.charAt(at);
  if (character === '\\') return at + 2;
  return character === '"' || character === "'" ? afterQuoted(text, at) : at + 1;
}
