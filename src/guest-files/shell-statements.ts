import { readShellWord, type ShellWord } from './shell-words.js';

/** A `NAME=value` of a shell script that only assigns, such as /etc/default/grub. */
export interface Assignment {
  readonly kind: 'assignment';
  readonly name: string;
  readonly start: number;
  readonly word: ShellWord;
  /** Inside `if`, behind `&&`, …: it may or may not take effect. */
  readonly conditional: boolean;
}

/** Any other command: it may change the variables that it names. */
export interface OtherCommand {
  readonly kind: 'other';
  readonly text: string;
}

const blockOpeners = new Set(['if', 'while', 'until', 'for', 'case', '{']);
const blockClosers = new Set(['fi', 'done', 'esac', '}']);
/** Words after which a new command starts. */
const commandOpeners = new Set([...blockOpeners, ...blockClosers, 'then', 'else', 'elif', 'do', '!']);

interface Reader {
  readonly text: string;
  at: number;
  blocks: number;
  /** Apart from blocks, because the patterns of `case` close brackets that nothing opened. */
  brackets: number;
  /** The operator before the command was `&&`, `||` or `|`. */
  chained: boolean;
  readonly statements: (Assignment | OtherCommand)[];
  /** Where in `statements` the list of commands begins that a `&` would send into the background. */
  listStart: number;
}

/** The assignments and other commands of a shell script, in order. Never fails; what isn't closed ends with the text. */
export function statementsOf(text: string): readonly (Assignment | OtherCommand)[] {
  const reader: Reader = {
    text,
    at: 0,
    blocks: 0,
    brackets: 0,
    chained: false,
    statements: [],
    listStart: 0,
  };
  while (reader.at < text.length) {
    const character = text.charAt(reader.at);
    if (character === '#') skipComment(reader);
    else if (/[ \t\r\n;&|()<>]/.test(character)) skipOperator(reader, character);
    else readCommand(reader);
  }
  return reader.statements;
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf('\n', reader.at);
  reader.at = end < 0 ? reader.text.length : end;
}

function skipOperator(reader: Reader, character: string): void {
  if (character === '(') reader.brackets += 1;
  if (character === ')') reader.brackets = Math.max(0, reader.brackets - 1);
  if (character === '&' || character === '|') skipChaining(reader, character);
  if (character === '\n' || character === ';') {
    reader.chained = reader.chained && endsWithOperator(reader);
    if (!reader.chained) reader.listStart = reader.statements.length;
  }
  reader.at += 1;
}

/** Behind `&&` and `||` a command may not run; what stands before `&` and `|` runs in another shell. */
function skipChaining(reader: Reader, character: string): void {
  const { text, at, statements, listStart } = reader;
  reader.chained = true;
  if (text[at + 1] === character) reader.at += 1;
  else
    for (const [index, statement] of statements.slice(listStart).entries())
      if (statement.kind === 'assignment')
        statements[listStart + index] = { ...statement, conditional: true };
}

/** After `&&` and `|` a command may start on the next line. */
const endsWithOperator = ({ text, at }: Reader): boolean =>
  text[at] === '\n' && /[&|]/.test(text.charAt(at - 1));

const assignmentStart = /([A-Za-z_]\w*)=/y;

/** Reads up to the end of one simple command. Assignments count only if nothing but `export` stands with them. */
function readCommand(reader: Reader): void {
  const { text } = reader;
  const start = reader.at;
  const found: Assignment[] = [];
  let isOther = false;
  while (reader.at < text.length && !/[\n;&|()]/.test(text.charAt(reader.at))) {
    const character = text.charAt(reader.at);
    if (/[ \t\r<>]/.test(character)) reader.at += 1;
    else if (character === '#') skipComment(reader);
    else {
      const first = reader.at;
      const word = readCommandWord(reader, found);
      if (first === start && enterOrLeaveBlock(reader, word)) return;
      isOther ||= word !== undefined && word !== 'export';
    }
  }
  const statements = isOther ? [{ kind: 'other', text: text.slice(start, reader.at) } as const] : found;
  for (const statement of statements) reader.statements.push(statement);
}

/** Reads a word; returns it as written unless it is an assignment. */
function readCommandWord(reader: Reader, found: Assignment[]): string | undefined {
  const { text, at } = reader;
  assignmentStart.lastIndex = at;
  const match = assignmentStart.exec(text);
  const start = at + (match?.[0].length ?? 0);
  const word = readShellWord(text, start);
  reader.at = Math.max(word.end, at + 1);
  if (match === null) return text.slice(at, reader.at);
  const conditional = reader.blocks + reader.brackets > 0 || reader.chained;
  found.push({ kind: 'assignment', name: match[1] ?? '', start, word, conditional });
  return undefined;
}

/** True when the word was one of the shell's own, behind which another command starts. */
function enterOrLeaveBlock(reader: Reader, word: string | undefined): boolean {
  if (word === undefined || !commandOpeners.has(word)) return false;
  if (blockOpeners.has(word)) reader.blocks += 1;
  if (blockClosers.has(word)) reader.blocks = Math.max(0, reader.blocks - 1);
  return true;
}
