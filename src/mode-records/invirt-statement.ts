import { quoteIdentifier } from '../database/query.js';
import type { InvirtPlace } from './invirt-option.js';
import { tableName } from './invirt-schema.js';

/** One change of a machine's type: compare and set. */
export interface TypeChange {
  /** The machine's key. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

const quoteLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * The change as SQL that a person could run by hand, one character per byte: in a diff of a flip the new lines are what
 * is run, the old ones what would undo it. A journal keeps it, and `changeIn` reads it.
 */
export function statementOf({ settings, machine }: InvirtPlace, { key, from, to }: TypeChange): string {
  const columns = settings.columns.machines;
  const type = quoteIdentifier(columns.type);
  const lines = [
    // As JSON, so that no name ends the comment.
    `-- the machine ${JSON.stringify(machine)}`,
    `UPDATE ${tableName(settings, 'machines')} SET ${type} = ${quoteLiteral(to)}`,
    ` WHERE ${quoteIdentifier(columns.key)} = ${quoteLiteral(key)} AND ${type} = ${quoteLiteral(from)};`,
    '',
  ];
  return Buffer.from(lines.join('\n')).toString('latin1');
}

/** What such a text says; undefined for any other text. */
export function changeIn(text: string): TypeChange | undefined {
  const match = statement.exec(Buffer.from(text, 'latin1').toString());
  const [to, key, from] = match?.slice(1).map((quoted) => quoted.replaceAll("''", "'")) ?? [];
  return to === undefined || key === undefined || from === undefined ? undefined : { key, from, to };
}

const name = '"(?:[^"]|"")+"';
const literal = "'((?:[^']|'')*)'";
const statement = new RegExp(
  `^-- [^\n]*\nUPDATE ${name}\\.${name} SET ${name} = ${literal}\n WHERE ${name} = ${literal} AND ${name} = ${literal};\n$`,
  'u',
);
