import type { Query } from '../database/query.js';
import { quoteIdentifier } from '../database/query.js';
import type { Problem } from '../model.js';
import type { InvirtPlace } from './invirt-option.js';
import { invirtProblems } from './invirt-problems.js';
import { schemaGaps, tableName } from './invirt-schema.js';
import type { RecordDisk, RecordVif } from './mode-record.js';

/** A row of the types' table. */
export interface MachineType {
  readonly key: string;
  /** Undefined where the database says NULL. */
  readonly hvm: boolean | undefined;
}

/** What the database says about a machine. */
export interface Machine {
  readonly key: string;
  readonly type: string;
  readonly isHvm: boolean;
  readonly types: readonly MachineType[];
  readonly disks: readonly RecordDisk[];
  readonly vifs: readonly RecordVif[];
}

export type MachineReading =
  | { readonly kind: 'machine'; readonly machine: Machine }
  | { readonly kind: 'problem'; readonly problem: Problem };

const problem = (one: Problem) => ({ kind: 'problem', problem: one }) as const;

/** For people: without what the site's settings add. */
export const databaseName = ({ database }: InvirtPlace): string =>
  `the Invirt database ${database.kind === 'server' ? database.url : database.directory}`;

/** Looks whether the database is as expected, and reads the machine. Changes nothing. Throws a `DatabaseError`. */
export async function readMachine(query: Query, place: InvirtPlace): Promise<MachineReading> {
  const { settings, machine: name } = place;
  const database = databaseName(place);
  const gaps = await schemaGaps(query, settings);
  if (gaps.length > 0) return problem(invirtProblems['record-schema'](database, gaps));
  const { key: keyColumn, name: nameColumn, type: typeColumn } = settings.columns.machines;
  const rows = await query(
    `SELECT ${text(keyColumn)} AS key, ${text(typeColumn)} AS type FROM ${tableName(settings, 'machines')}
      WHERE ${quoteIdentifier(nameColumn)} = $1 ORDER BY 1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return problem(invirtProblems['record-no-machine'](database, name));
  const keys = rows.map(({ key }) => key ?? 'NULL');
  if (keys.length > 1) return problem(invirtProblems['record-ambiguous'](database, name, keys));
  const types = await readTypes(query, place);
  const type = types.find(({ key }) => key === row.type);
  if (row.key == null || type?.hvm === undefined) {
    return problem(invirtProblems['record-type-unknown'](name, row.type ?? 'NULL'));
  }
  const { key } = row;
  const disks = await readDisks(query, place, key);
  const vifs = await readVifs(query, place, key);
  return { kind: 'machine', machine: { key, type: type.key, isHvm: type.hvm, types, disks, vifs } };
}

const text = (column: string): string => `${quoteIdentifier(column)}::text`;

async function readTypes(query: Query, { settings }: InvirtPlace): Promise<MachineType[]> {
  const { key, hvm } = settings.columns.types;
  const rows = await query(
    `SELECT ${text(key)} AS key, ${text(hvm)} AS hvm FROM ${tableName(settings, 'types')} ORDER BY 1`,
  );
  return rows.flatMap((row) =>
    row.key == null ? [] : [{ key: row.key, hvm: row.hvm == null ? undefined : row.hvm === 'true' }],
  );
}

async function readDisks(
  query: Query,
  { settings, machine }: InvirtPlace,
  key: string,
): Promise<RecordDisk[]> {
  const { machine: owner, device } = settings.columns.disks;
  const rows = await query(
    `SELECT ${text(device)} AS device FROM ${tableName(settings, 'disks')} WHERE ${text(owner)} = $1 ORDER BY 1`,
    [key],
  );
  return rows.map(({ device: name }) => ({
    target: diskPath(settings['disk-path'], machine, name ?? ''),
    device: name ?? '',
    format: 'raw',
    readOnly: false,
    cdrom: false,
  }));
}

/** Empty when the site hasn't said where its disks are. One character per byte, as paths in records are. */
function diskPath(pattern = '', name: string, device: string): string {
  const path = pattern.replace(/\{(name|device)\}/g, (_, word) => (word === 'name' ? name : device));
  return Buffer.from(path).toString('latin1');
}

async function readVifs(query: Query, { settings }: InvirtPlace, key: string): Promise<RecordVif[]> {
  const { machine, mac, ...more } = settings.columns.nics;
  // A column of type inet says 192.0.2.1/32; of the address, what is behind the slash may be its network's size.
  const columns = Object.entries(more).map(([name, column]) =>
    name === 'ip'
      ? `${text(column)} AS ip`
      : `split_part(${text(column)}, '/', 1) AS ${quoteIdentifier(name)}`,
  );
  const rows = await query(
    `SELECT ${[`${text(mac)} AS mac`, ...columns].join(', ')} FROM ${tableName(settings, 'nics')}
      WHERE ${text(machine)} = $1 ORDER BY 1`,
    [key],
  );
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value != null && value !== '')),
  );
}
