/** The record and the job in one transaction, where both are in the same database. */
import { z } from 'zod';
import type { Query } from '../../database/query.js';
import { RecordError } from '../../errors.js';
import { bossOn, isSchemaName } from './boss.js';

/** The environment's variable by which a worker tells a run which job it works on. Arguments are seen by every user. */
export const jobVariable = 'CONVERT_IMAGE_JOB';

const atWork = z.object({
  schema: z.string().refine(isSchemaName),
  queue: z.string(),
  id: z.uuid(),
});

/** The value of that variable. */
export const jobAtWork = (job: z.infer<typeof atWork>): string => JSON.stringify(job);

/** What pg-boss answers, whatever its declarations say. */
const response = z.object({ affected: z.number() });

/** What the job says until its worker adds the run's report. */
const output = { version: 1, verdict: 'converted', problems: [] };

/**
 * Completes the job that this run works on, in the transaction of `query`: if it is at work, and in this very database, by
 * its uuid. Otherwise, or where the database's user may not, the worker completes it later. What fails in between is thrown,
 * so that nothing of the transaction remains.
 */
export async function completeWithRecord(
  query: Query,
  value: string | undefined = process.env[jobVariable],
): Promise<'completed' | 'left to the worker'> {
  const job = readJobAtWork(value);
  if (job === undefined || !(await mayChange(query, job.schema))) return 'left to the worker';
  const { schema, queue, id } = job;
  const rows = await query(
    `SELECT state::text AS state FROM ${schema}.job WHERE name = $1 AND id = $2::uuid FOR UPDATE`,
    [queue, id],
  );
  if (rows[0]?.state !== 'active') return 'left to the worker';
  const execute = async (text: string, values: unknown[] = []) => {
    const found = await query(text, values.map(textOf));
    return { rows: found.map((row) => ({ ...row })) };
  };
  const boss = await bossOn(execute, schema);
  const { affected } = response.parse(await boss.complete(queue, id, output));
  if (affected === 1) return 'completed';
  throw new RecordError(`the job ${id} in the fleet's queue can't be completed with the record`, {
    remedy: 'run the same command again',
  });
}

function readJobAtWork(value: string | undefined) {
  if (value === undefined || value === '') return undefined;
  try {
    return atWork.parse(JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** Asks the catalogue, which anybody may: a name that one may not use is an error that would end the transaction. */
async function mayChange(query: Query, schema: string): Promise<boolean> {
  const rows = await query(
    `SELECT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
         AND has_table_privilege(c.oid, 'UPDATE'))::text AS may
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = 'job'`,
    [schema],
  );
  return rows[0]?.may === 'true';
}

/** An array as PostgreSQL writes it: of uuids, which need no quotes. */
const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return `{${value.join(',')}}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
};
