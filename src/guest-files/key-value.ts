import { type Assignment, statementsOf } from './shell-statements.js';
import type { ShellPart, ShellQuoting } from './shell-words.js';

/** What a variable holds after the files were sourced: '' if it was never set, undefined if only a shell could tell. */
export type ShellVariables = (name: string) => string | undefined;

/** Nobody's settings are longer; a hostile guest's would be read again and again for seconds. */
const longestScript = 64 * 1024;

const isTooLong = (text: string): boolean => text.length > longestScript;

/**
 * Reads assignments as a shell that sources the texts one after the other. Of a text of more than 64 KiB nothing is
 * said: all variables are undefined then.
 */
export function sourceAssignments(texts: readonly string[]): ShellVariables {
  if (texts.some(isTooLong)) return () => undefined;
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
  if (isTooLong(text)) return text;
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
  if (isTooLong(text) || sourceAssignments([text])(name) === value) return text;
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
