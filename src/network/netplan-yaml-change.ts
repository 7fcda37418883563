import { dataAt, isList, isTable, type YamlData } from './netplan-data.js';

/** One change to what a YAML text says. `path` leads through the keys of maps; the last one is what is changed. */
export type YamlChange =
  /** A new key goes behind its neighbour `after`, in the style of the map around it. */
  | { readonly kind: 'set'; readonly path: Path; readonly value: YamlData; readonly after?: string }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'rename'; readonly path: Path; readonly to: string }
  /** One item more at the end of the list there. */
  | { readonly kind: 'append'; readonly path: Path; readonly value: YamlData }
  /** Every such item of the list there. */
  | { readonly kind: 'replace-items'; readonly path: Path; readonly from: string; readonly to: string };

type Path = readonly string[];

/** What a text says after these changes; one whose place isn't there changes nothing. */
export const dataAfter = (data: YamlData, changes: readonly YamlChange[]): YamlData =>
  changes.reduce(changedData, data);

function changedData(data: YamlData, change: YamlChange): YamlData {
  const parent = change.path.slice(0, -1);
  const last = change.path.at(-1) ?? '';
  return replacedAt(data, parent, (table) => {
    if (!isTable(table)) return table;
    const old = table.get(last);
    const changed = new Map(table);
    if (change.kind === 'set') changed.set(last, change.value);
    if (change.kind === 'remove') changed.delete(last);
    if (change.kind === 'rename' && old !== undefined) {
      changed.delete(last);
      changed.set(change.to, old);
    }
    if (change.kind === 'append' && isList(old)) changed.set(last, [...old, change.value]);
    if (change.kind === 'replace-items' && isList(old)) {
      changed.set(
        last,
        old.map((item) => (item === change.from ? change.to : item)),
      );
    }
    return changed;
  });
}

function replacedAt(data: YamlData, path: Path, replace: (at: YamlData) => YamlData): YamlData {
  const [key, ...rest] = path;
  if (key === undefined) return replace(data);
  const inner = dataAt(data, [key]);
  if (!isTable(data) || inner === undefined) return data;
  return new Map(data).set(key, replacedAt(inner, rest, replace));
}
