import type { Query, Row } from '../database/query.js';
import { quoteIdentifier } from '../database/query.js';
import { DatabaseError, ToolError } from '../errors.js';
import type { Problem } from '../model.js';
import { askSiteCommand } from '../tools/site-command.js';
import type { InvirtPlace } from './invirt-option.js';
import { invirtProblems } from './invirt-problems.js';
import { tableName } from './invirt-schema.js';

/** The three ways in which a site may say that a machine is off. */
type OffCheck = NonNullable<InvirtPlace['settings']['off']>;

/**
 * Why the machine must not be touched according to the site; undefined when it says that it is off, and when the
 * configuration names nobody to ask. Throws a `DatabaseError` for a connection that is lost.
 */
export async function offProblem(
  query: Query,
  place: InvirtPlace,
  key: string,
): Promise<Problem | undefined> {
  const { off } = place.settings;
  if (off === undefined) return undefined;
  try {
    const isOn = await whatIsOn(query, place, off, key);
    return isOn === undefined ? undefined : invirtProblems['record-machine-on'](place.machine, isOn);
  } catch (error) {
    const isAnswer = error instanceof DatabaseError && error.failure === 'answer';
    if (!isAnswer && !(error instanceof ToolError)) throw error;
    return invirtProblems['record-off-unknown'](place.machine, error.message);
  }
}

/** In words; undefined when it is off. */
async function whatIsOn(
  query: Query,
  place: InvirtPlace,
  off: OffCheck,
  key: string,
): Promise<string | undefined> {
  if ('command' in off) return byCommand([...off.command, place.machine]);
  return 'query' in off ? byQuery(query, off.query, place.machine) : byColumn(query, place, off, key);
}

async function byCommand(command: readonly string[]): Promise<string | undefined> {
  const { exitCode, said } = await askSiteCommand(command);
  if (exitCode === 0) return undefined;
  if (exitCode === 1) return said === '' ? `${command[0]} says so` : said;
  throw new ToolError(`${command[0]} ended with exit code ${exitCode}: ${said}`);
}

async function byQuery(query: Query, statement: string, machine: string): Promise<string | undefined> {
  const { columns, value } = only(
    await query(`SELECT to_json(answer)::text AS answer FROM (${statement.replace(/;\s*$/, '')}) AS answer`, [
      machine,
    ]),
  );
  if (columns !== 1 || typeof value !== 'boolean') {
    throw new DatabaseError(
      'invirt.off.query gives something else than one row with one column, true or false',
      'answer',
    );
  }
  return value ? undefined : 'invirt.off.query says so';
}

/** The one value of the one row. */
function only(rows: readonly Row[]): { readonly columns: number; readonly value: unknown } {
  const answers: unknown[] = rows.map(({ answer }) => Object.values(JSON.parse(answer ?? '{}')));
  const [values] = answers;
  if (answers.length !== 1 || !Array.isArray(values)) return { columns: 0, value: undefined };
  return { columns: values.length, value: values[0] };
}

async function byColumn(
  query: Query,
  { settings }: InvirtPlace,
  { column, is }: Extract<OffCheck, { column: string }>,
  key: string,
): Promise<string | undefined> {
  const [row] = await query(
    `SELECT ${quoteIdentifier(column)}::text AS state FROM ${tableName(settings, 'machines')}
      WHERE ${quoteIdentifier(settings.columns.machines.key)}::text = $1`,
    [key],
  );
  return row?.state === is ? undefined : `its ${column} is ${JSON.stringify(row?.state ?? null)}`;
}
