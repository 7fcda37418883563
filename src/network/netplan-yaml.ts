import { isUtf8 } from 'node:buffer';
import { isAlias, isMap, isScalar, isSeq, Lexer, type Node as LibraryNode, parseAllDocuments } from 'yaml';

/**
 * A node of a YAML text with its place there: `start` is the offset of its first character, `end` the one behind its
 * last. Scalars keep what they say as a string, because netplan itself decides what `yes` means.
 */
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface Placed {
  readonly start: number;
  readonly end: number;
  /** It has an anchor, a tag, or stands somewhere else by way of an alias: a change would reach further than it seems. */
  readonly isShared: boolean;
}

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string;
  readonly quote: '' | "'" | '"' | 'block';
}

export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly isFlow: boolean;
  readonly items: readonly YamlNode[];
}

export interface YamlMap extends Placed {
  readonly kind: 'map';
  readonly isFlow: boolean;
  readonly pairs: readonly YamlPair[];
}

export interface YamlPair {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

export type YamlReading =
  | { readonly kind: 'read'; readonly root: YamlNode }
  /** Why it isn't clear, in words that follow the file's name: `has tabs where …`. */
  | { readonly kind: 'unclear'; readonly why: string };

const maxBytes = 64 * 1024;
const maxAliases = 100;
/** How many nodes the aliases may make of a text, and how deep they may lie. */
const maxNodes = 20_000;
const maxDepth = 50;

/**
 * Reads the only document of a YAML 1.1 text of one character per byte. Never throws; what netplan's parser rejects or
 * people don't write by hand (two documents, repeated keys, many aliases, 64 KiB and more) is unclear.
 */
export function readYaml(text: string): YamlReading {
  const obstacle = obstacleIn(text);
  if (obstacle !== undefined) return { kind: 'unclear', why: obstacle };
  try {
    return readDocument(text);
  } catch (error) {
    // The library throws for an alias of something that comes later.
    return { kind: 'unclear', why: error instanceof Unclear ? error.message : "isn't plain YAML" };
  }
}

class Unclear extends Error {}

function obstacleIn(text: string): string | undefined {
  if (text.length > maxBytes) return `has more than ${maxBytes} bytes`;
  if (!isUtf8(Buffer.from(text, 'latin1'))) return "isn't UTF-8 text";
  if (text.startsWith('\xef\xbb\xbf')) return 'begins with a byte order mark';
  // The library takes quadratic time for anchors in a row.
  if ((text.match(/[&*]/g) ?? []).length > 2 * maxAliases) return 'has very many anchors and aliases';
  if (isDeep(text)) return 'is too deeply nested';
  return undefined;
}

/**
 * The library recurses; where the stack ends, V8 may end the whole process instead of throwing (when it compiles a
 * regular expression just there). So what could be deep is found before: brackets by the lexer, which doesn't recurse,
 * blocks by what stands on one line, since each level takes a blank or an indicator.
 */
function isDeep(text: string): boolean {
  const isWide = (line: string) =>
    (line.match(/^ +|[-?:](?=[ \t\r]|$)/g) ?? []).join('').length > 2 * maxDepth;
  if (text.split('\n').some(isWide)) return true;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function readDocument(text: string): YamlReading {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: true,
    logLevel: 'silent',
    // It would quote the line for each of thousands of mistakes.
    prettyErrors: false,
  });
  const [document, another] = Array.isArray(documents) ? documents : [];
  if (another !== undefined) return { kind: 'unclear', why: 'has more than one YAML document' };
  if (document === undefined) return { kind: 'read', root: nothingAt(0) };
  const error = document.errors[0];
  if (error !== undefined)
    return {
      kind: 'unclear',
      why: `isn't plain YAML (line ${lineOf(text, error.pos[0])}: ${firstLine(error.message)})`,
    };
  const budget = { nodes: maxNodes, aliases: maxAliases };
  const walk = (node: unknown, at: number, depth: number, isShared: boolean): YamlNode => {
    budget.nodes -= 1;
    if (budget.nodes < 0 || depth > maxDepth) throw new Unclear('is too large or too deeply nested');
    if (isAlias(node)) {
      budget.aliases -= 1;
      if (budget.aliases < 0) throw new Unclear('has very many aliases');
      const meant = node.resolve(document);
      if (meant === undefined) throw new Unclear('has an alias of nothing');
      return walk(meant, at, depth + 1, true);
    }
    return placedNode(node, at, isShared, (child, from, shared) => walk(child, from, depth + 1, shared));
  };
  return { kind: 'read', root: walk(document.contents, 0, 0, false) };
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replace(/:$/, '');

const nothingAt = (at: number): YamlScalar => ({
  kind: 'scalar',
  value: '',
  quote: '',
  start: at,
  end: at,
  isShared: false,
});

type Walk = (node: unknown, at: number, isShared: boolean) => YamlNode;

function placedNode(node: unknown, at: number, parentIsShared: boolean, walk: Walk): YamlNode {
  if (isScalar(node)) return placedScalar(node, at, parentIsShared);
  if (!isMap(node) && !isSeq(node)) return nothingAt(at);
  const [start = at, end = at] = node.range ?? [];
  const isShared = parentIsShared || isMarked(node);
  const isFlow = node.flow === true;
  if (isSeq(node)) {
    const items = node.items.map((item) => walk(item, start, isShared));
    return { kind: 'list', items, isFlow, isShared, start, end: isFlow ? end : (items.at(-1)?.end ?? end) };
  }
  const pairs = node.items.map(({ key, value }) => {
    const name = walk(key, start, isShared);
    if (name.kind !== 'scalar') throw new Unclear('has a key that is no word');
    if (name.value === '<<') throw new Unclear('has a merge key');
    return { key: name, value: walk(value, name.end, isShared) };
  });
  return {
    kind: 'map',
    pairs,
    isFlow,
    isShared,
    start,
    end: isFlow ? end : (pairs.at(-1)?.value.end ?? end),
  };
}

const isMarked = ({ anchor, tag }: { anchor?: string; tag?: string }): boolean =>
  anchor !== undefined || tag !== undefined;

function placedScalar(
  node: LibraryNode & { source?: string; type?: string },
  at: number,
  isShared: boolean,
): YamlScalar {
  const [start = at, end = at] = node.range ?? [];
  const quotes = { PLAIN: '', QUOTE_SINGLE: "'", QUOTE_DOUBLE: '"' } as const;
  const type = node.type ?? 'PLAIN';
  const quote =
    type === 'PLAIN' || type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE' ? quotes[type] : 'block';
  const value = isScalar(node) ? String(node.value ?? '') : '';
  return { kind: 'scalar', value, quote, start, end, isShared: isShared || isMarked(node) };
}
