import type { Query } from '../database/query.js';
import { quoteIdentifier } from '../database/query.js';
import type { InvirtSettings } from './invirt-settings.js';

type Table = keyof InvirtSettings['tables'];

/** A table as SQL takes it. */
export const tableName = ({ schema, tables }: InvirtSettings, table: Table): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(tables[table])}`;

const words = /^(character varying|character|text|name|USER-DEFINED)$/;

/** Columns whose type matters, by their key in the configuration. What is only compared as text may be anything. */
const expected: Readonly<Record<string, { readonly type: RegExp; readonly word: string }>> = {
  'types.hvm': { type: /^boolean$/, word: 'boolean' },
  'machines.name': { type: words, word: 'text' },
  'disks.device': { type: words, word: 'text' },
};

/**
 * What the database lacks of all that is going to be used, each in words and with the configuration key that maps it.
 * PostgreSQL's information schema shows what the user may see only.
 */
export async function schemaGaps(query: Query, settings: InvirtSettings): Promise<string[]> {
  const rows = await query(
    `SELECT table_name::text AS "table", column_name::text AS "column", data_type::text AS "type"
       FROM information_schema.columns WHERE table_schema = $1`,
    [settings.schema],
  );
  const types = new Map(rows.map(({ table, column, type }) => [JSON.stringify([table, column]), type ?? '']));
  const tables = new Set(rows.map(({ table }) => table));
  const gaps = (['machines', 'types', 'nics', 'disks'] as const).flatMap((table) => {
    const name = settings.tables[table];
    if (!tables.has(name)) return [`no table ${settings.schema}.${name} (tables.${table})`];
    const typeOf = (column: string) => types.get(JSON.stringify([name, column]));
    return columnGaps(table, name, settings.columns[table], typeOf);
  });
  return [...gaps, ...mismatch(types, settings)];
}

function columnGaps(
  table: Table,
  tableName: string,
  columns: Readonly<Record<string, string>>,
  typeOf: (column: string) => string | undefined,
): string[] {
  return Object.entries(columns).flatMap(([key, column]) => {
    const type = typeOf(column);
    if (type === undefined) return [`no column ${tableName}.${column} (columns.${table}.${key})`];
    const rule = expected[`${table}.${key}`];
    if (rule === undefined || rule.type.test(type)) return [];
    return [`column ${tableName}.${column} is ${type} instead of ${rule.word} (columns.${table}.${key})`];
  });
}

/** A machine's type must be the key of one. */
function mismatch(types: ReadonlyMap<string, string>, { tables, columns }: InvirtSettings): string[] {
  const own = types.get(JSON.stringify([tables.machines, columns.machines.type]));
  const key = types.get(JSON.stringify([tables.types, columns.types.key]));
  if (own === undefined || key === undefined || own === key) return [];
  const names = `${tables.machines}.${columns.machines.type} is ${own} and ${tables.types}.${columns.types.key} ${key}`;
  return [`${names} (columns.machines.type, columns.types.key)`];
}
