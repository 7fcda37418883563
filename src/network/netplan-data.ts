import type { YamlNode } from './netplan-yaml.js';

/** What a YAML text says. */
export type YamlData = string | readonly YamlData[] | YamlTable;
export type YamlTable = ReadonlyMap<string, YamlData>;

/** What a node says. */
export function dataOf(node: YamlNode): YamlData {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(dataOf);
  return new Map(node.pairs.map(({ key, value }) => [key.value, dataOf(value)]));
}

/** Whether two texts say the same, in whatever order their keys stand. */
export const sameData = (one: YamlData, other: YamlData): boolean => canonical(one) === canonical(other);

const canonical = (data: YamlData): string => JSON.stringify(comparable(data));

function comparable(data: YamlData): unknown {
  if (typeof data === 'string') return data;
  if (isTable(data)) {
    return { map: [...data].map(([key, value]) => [key, comparable(value)]).sort(byKey) };
  }
  return data.map(comparable);
}

const byKey = (one: unknown[], other: unknown[]): number => (String(one[0]) < String(other[0]) ? -1 : 1);

/** Whether this is a map. */
export const isTable = (data: YamlData | undefined): data is YamlTable => data instanceof Map;

/** Whether this is a list. */
export const isList = (data: YamlData | undefined): data is readonly YamlData[] => Array.isArray(data);

/** The scalar, list or map at a path of keys; undefined when there is none. */
export function dataAt(data: YamlData | undefined, path: readonly string[]): YamlData | undefined {
  return path.reduce<YamlData | undefined>((at, key) => (isTable(at) ? at.get(key) : undefined), data);
}
