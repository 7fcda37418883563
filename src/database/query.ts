import { z } from 'zod';
import { DatabaseError, type DatabaseFailure } from '../errors.js';

/** One row, by the names of its columns. */
export type Row = Readonly<Record<string, string | null>>;

/**
 * Runs one statement. `values` take the places of `$1`, `$2`, …; names are quoted by `quoteIdentifier`. Every column of
 * an answer must be text: write `column::text`. Throws a `DatabaseError`.
 */
export type Query = (statement: string, values?: readonly string[]) => Promise<readonly Row[]>;

const rowsSchema = z.array(z.record(z.string(), z.string().nullable()));

/** The rows of an answer. Throws where a column isn't text. */
export const rowsOf = (answer: unknown): readonly Row[] => rowsSchema.parse(answer);

/** A name as SQL takes it, whatever is in it. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What a client threw, as a `DatabaseError`. */
export function databaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const message = messageOf(error);
  return new DatabaseError(message, failureOf(error, message), error);
}

/** Of several attempts to connect, node's error has the messages inside only. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  const message = error instanceof Error ? error.message : String(error);
  return /client password must be a string/.test(message) ? 'the server asks for a password' : message;
}

/** By its SQLSTATE (PostgreSQL's documentation, appendix A); an error without one is the connection's. */
function failureOf(error: unknown, message: string): DatabaseFailure {
  const state = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(40001|40P01)$/.test(state)) return 'conflict';
  if (/^(08...|57P0[123])$/.test(state)) return 'lost';
  const isAnswer = /^[0-9A-Z]{5}$/.test(state) && !/^E[A-Z]+$/.test(state);
  return isAnswer || message === 'the server asks for a password' ? 'answer' : 'lost';
}
