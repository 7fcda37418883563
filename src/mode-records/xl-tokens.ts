/** What one stretch of an xl configuration file is. `wrong` is what xl's own lexer refuses. */
export type XlTokenKind =
  | 'identifier'
  | 'number'
  | 'string'
  | 'comma'
  | 'open'
  | 'close'
  | 'assign'
  | 'add'
  | 'semicolon'
  | 'newline'
  | 'blank'
  | 'comment'
  | 'wrong';

export interface XlToken {
  readonly kind: XlTokenKind;
  readonly text: string;
}

/** Xen 4.17 tools/libs/util/libxlu_cfg_l.l, rule by rule. A string's end is sought by hand, see `stringEnd`. */
const patterns: readonly (readonly [XlTokenKind, RegExp])[] = [
  ['blank', /[ \t]+/y],
  ['newline', /\n/y],
  ['comment', /#[^\n]*(?=\n)/y],
  ['identifier', /[a-z][._0-9a-z]*/y],
  ['number', /[0-9][0-9a-fx]*/y],
  ['comma', /,/y],
  ['open', /\[/y],
  ['close', /\]/y],
  ['add', /\+=/y],
  ['assign', /=/y],
  ['semicolon', /;/y],
  // The rest of its line: nothing behind it is looked at, which keeps the time linear.
  ['wrong', /[^\n]+/y],
];

/**
 * Cuts a text into tokens as xl does. Total and lossless: the tokens' texts joined are the text. Linear time.
 */
export function tokenizeXl(text: string): XlToken[] {
  const tokens: XlToken[] = [];
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): XlToken {
  const end = stringEnd(text, at);
  if (end !== undefined) return { kind: 'string', text: text.slice(at, end) };
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return { kind: 'wrong', text: text.charAt(at) };
}

/** Where the string that starts at `at` ends; undefined when none starts there or its line ends first. */
function stringEnd(text: string, at: number): number | undefined {
  const quote = text.charAt(at);
  if (quote !== '"' && quote !== "'") return undefined;
  for (let end = at + 1; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (character === quote) return end + 1;
    if (character === '\n' || character === '\0') return undefined;
    if (character === '\\') end += 1;
    if (text.charAt(end) === '\n') return undefined;
  }
  return undefined;
}
