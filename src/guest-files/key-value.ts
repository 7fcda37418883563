import { readShellWord, type ShellPart, type ShellQuoting, type ShellWord } from './shell-words.js';

/** What a variable holds after the files were sourced: '' if it was never set, undefined if only a shell could tell. */
export type ShellVariables = (name: string) => string | undefined;

/** A `NAME=value` of a shell script that only assigns, such as /etc/default/grub. */
interface Assignment {
  readonly kind: 'assignment';
  readonly name: string;
  readonly start: number;
  readonly word: ShellWord;
  /** Inside `if`, behind `&&`, …: it may or may not take effect. */
  readonly conditional: boolean;
}

/** Any other command: it may change the variables that it names. */
interface OtherCommand {
  readonly kind: 'other';
  readonly text: string;
}

/** Reads assignments as a shell that sources the texts one after the other. */
export function sourceAssignments(texts: readonly string[]): ShellVariables {
  const variables = new Map<string, string | undefined>();
  for (const text of texts) {
    for (const statement of statementsOf(text)) {
      if (statement.kind === 'assignment') assign(variables, statement);
      else for (const name of namesChangedBy(statement.text)) variables.set(name, undefined);
    }
  }
  return (name) => (variables.has(name) ? variables.get(name) : '');
}

function assign(variables: Map<string, string | undefined>, { name, word, conditional }: Assignment): void {
  const value = word.closed ? evaluateParts(word.parts, name, variables) : undefined;
  const certain = !conditional || (variables.has(name) && variables.get(name) === value);
  variables.set(name, certain ? value : undefined);
}

/** A variable that no text sets may come from the environment; only in its own assignment it's taken as empty. */
function evaluateParts(
  parts: readonly ShellPart[],
  assigned: string,
  variables: ReadonlyMap<string, string | undefined>,
): string | undefined {
  let value = '';
  for (const part of parts) {
    const text = part.kind === 'text' ? part.text : referenced(part.name, assigned, variables);
    if (text === undefined) return undefined;
    value += text;
  }
  return value;
}

function referenced(
  name: string | undefined,
  assigned: string,
  variables: ReadonlyMap<string, string | undefined>,
): string | undefined {
  if (name === undefined) return undefined;
  return variables.has(name) ? variables.get(name) : name === assigned ? '' : undefined;
}

const namesChangedBy = (command: string): string[] => [
  ...[...command.matchAll(/(?<!\w)([A-Za-z_]\w*)\+?=/g)].map(([, name = '']) => name),
  ...(/^(?:unset|read)[ \t]/.test(command) ? (command.match(/(?<!\w)[A-Za-z_]\w*/g) ?? []) : []),
];

/**
 * Applies `map` to the value of every assignment of these names, wherever it stands. References such as
 * `$GRUB_CMDLINE_LINUX` appear in the value as one character above U+00FF each, which `map` has to keep in order.
 * Quoting, comments and `export` stay; an assignment whose value stays keeps every byte.
 */
export function mapAssignments(
  text: string,
  names: ReadonlySet<string>,
  map: (value: string, name: string) => string,
): string {
  let result = '';
  let done = 0;
  for (const statement of statementsOf(text)) {
    if (statement.kind !== 'assignment' || !names.has(statement.name) || !statement.word.closed) continue;
    result += text.slice(done, statement.start) + mapWord(text, statement, map);
    done = statement.word.end;
  }
  return result + text.slice(done);
}

const firstPlaceholder = 0x100;
const maxPlaceholders = 0x1000;

function mapWord(
  text: string,
  { name, start, word }: Assignment,
  map: (value: string, name: string) => string,
): string {
  const before = text.slice(start, word.end);
  const references: string[] = [];
  const value = word.parts
    .map((part) => (part.kind === 'text' ? part.text : placeholderFor(part.raw, references)))
    .join('');
  if (references.length > maxPlaceholders) return before;
  const mapped = map(value, name);
  return mapped === value ? before : quote(mapped, word.quoting, references);
}

function placeholderFor(raw: string, references: string[]): string {
  references.push(raw);
  return String.fromCharCode(firstPlaceholder + references.length - 1);
}

function quote(value: string, quoting: ShellQuoting, references: readonly string[]): string {
  const expand = (text: string) =>
    text.replace(
      /[^\0-\xff]/g,
      (character) => references[character.charCodeAt(0) - firstPlaceholder] ?? character,
    );
  if (quoting === 'none' && /^[\w./:,@%+=-]*$/.test(value)) return value;
  if (quoting === 'single' && references.length === 0 && !value.includes("'")) return `'${value}'`;
  return `"${expand(value.replace(/["\\$`]/g, '\\$&'))}"`;
}

/**
 * Makes sure that the variable holds `value` once the text was sourced. The last assignment is changed if that is
 * enough, keeping quotes, comment and `export`; otherwise a line is added at the end. A text in which no line would be
 * read any more, because a quote or a block isn't closed, stays as it is: to a shell it is an error.
 */
export function setAssignment(text: string, name: string, value: string): string {
  if (sourceAssignments([text])(name) === value) return text;
  const changed = withLastAssignment(text, name, value);
  if (sourceAssignments([changed])(name) === value) return changed;
  const longer = withLine(text, `${name}=${quote(value, 'none', [])}`);
  return sourceAssignments([longer])(name) === value ? longer : text;
}

function withLastAssignment(text: string, name: string, value: string): string {
  const last = statementsOf(text).findLast(
    (statement) => statement.kind === 'assignment' && statement.name === name,
  );
  if (last?.kind !== 'assignment' || last.conditional || !last.word.closed) return text;
  return text.slice(0, last.start) + quote(value, last.word.quoting, []) + text.slice(last.word.end);
}

function withLine(text: string, line: string): string {
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : ending;
  return `${text}${separator}${line}${ending}`;
}

// ------------------------------------------------------------------------------------------------- the shell's grammar

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
}

function statementsOf(text: string): readonly (Assignment | OtherCommand)[] {
  const reader: Reader = { text, at: 0, blocks: 0, brackets: 0, chained: false, statements: [] };
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
  if (character === '&' || character === '|') reader.chained = true;
  if (character === '\n' || character === ';') reader.chained = reader.chained && endsWithOperator(reader);
  reader.at += 1;
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
