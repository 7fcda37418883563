import { setTimeout } from 'node:timers/promises';
import type { Query } from '../database/query.js';
import { quoteIdentifier } from '../database/query.js';
import { inTransaction } from '../database/transaction.js';
import { ConversionError, DatabaseError, RecordError } from '../errors.js';
import { completeWithRecord } from '../fleet/queue/complete-with-record.js';
import { databaseName } from './invirt-machine.js';
import type { InvirtPlace } from './invirt-option.js';
import { schemaGaps, tableName } from './invirt-schema.js';
import type { TypeChange } from './invirt-statement.js';

/** Milliseconds before it is tried again, where the connection or another transaction was in the way. */
const pauses = [200, 1500];

/**
 * Sets the machine's type in one transaction if it still is what it was, and reads it back; does nothing where it has
 * the new type already. `wanted` is what the new type must say. Throws a `RecordError`.
 *
 * May be repeated, so it is, after a lost connection too: where the answer to the commit didn't arrive, the row says
 * whether there was one, and a transaction that hasn't ended on the server yet keeps the row locked until it has.
 *
 * A run that works on a job of a fleet's queue in the same database completes it in the same transaction.
 */
export async function changeType(
  place: InvirtPlace,
  change: TypeChange,
  wanted: 'pv' | 'any',
): Promise<void> {
  for (const pause of [...pauses, undefined]) {
    try {
      return await inTransaction(place.database, 'read write', async (query) => {
        await compareAndSet(query, place, change, wanted);
        if (wanted === 'pv') await completeWithRecord(query);
      });
    } catch (error) {
      const isPassing = error instanceof DatabaseError && error.failure !== 'answer';
      if (!isPassing || pause === undefined) throw recordErrorOf(error, place);
      await setTimeout(pause);
    }
  }
}

function recordErrorOf(error: unknown, place: InvirtPlace): unknown {
  if (!(error instanceof ConversionError) || error instanceof RecordError) return error;
  return new RecordError(
    `the machine's type couldn't be changed in ${databaseName(place)}: ${error.message}`,
    {
      remedy: 'mend the cause and run the same command again, or change the type by hand',
      cause: error,
    },
  );
}

const stop = (message: string, remedy: string): never => {
  throw new RecordError(message, { remedy });
};

const again = 'look at it, and run the same command again';

async function compareAndSet(
  query: Query,
  place: InvirtPlace,
  { key, from, to }: TypeChange,
  wanted: 'pv' | 'any',
): Promise<void> {
  const { settings } = place;
  const gaps = await schemaGaps(query, settings);
  if (gaps.length > 0) stop(`${databaseName(place)} is not as it was: ${gaps.join('; ')}`, again);
  const machines = tableName(settings, 'machines');
  const keyColumn = quoteIdentifier(settings.columns.machines.key);
  const typeColumn = quoteIdentifier(settings.columns.machines.type);
  const look = `SELECT ${typeColumn}::text AS type FROM ${machines} WHERE ${keyColumn} = $1`;
  const rows = await query(`${look} FOR UPDATE`, [key]);
  const who = `the machine ${JSON.stringify(place.machine)} (${settings.columns.machines.key} ${key})`;
  if (rows.length !== 1) stop(`${databaseName(place)} has ${rows.length} rows for ${who}`, again);
  const now = rows[0]?.type;
  if (now === to) return;
  if (now !== from)
    stop(`${who} has the type ${now} by now, neither ${from} nor ${to}, and was left as it is`, again);
  await requireType(query, place, to, wanted);
  const changed = await query(
    `UPDATE ${machines} SET ${typeColumn} = $1 WHERE ${keyColumn} = $2 AND ${typeColumn} = $3 RETURNING 1::text AS one`,
    [to, key, from],
  );
  const [after] = await query(look, [key]);
  if (changed.length !== 1 || after?.type !== to) {
    stop(`${who} kept the type ${after?.type}: something in the database keeps it from changing`, again);
  }
}

/** It may have gone, or become another one, since the plan was made. */
async function requireType(
  query: Query,
  { settings }: InvirtPlace,
  type: string,
  wanted: 'pv' | 'any',
): Promise<void> {
  const { key, hvm } = settings.columns.types;
  const [row] = await query(
    `SELECT ${quoteIdentifier(hvm)}::text AS hvm FROM ${tableName(settings, 'types')} WHERE ${quoteIdentifier(key)}::text = $1`,
    [type],
  );
  if (row === undefined) stop(`the type ${type} is gone`, again);
  if (wanted === 'pv' && row?.hvm !== 'false') stop(`the type ${type} is no PV type any more`, again);
}
