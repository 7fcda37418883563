import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DatabaseError } from '../errors.js';
import { withFileLock } from '../tools/flock.js';
import { databaseError, type Query, rowsOf } from './query.js';

/** How long somebody else may have the folder, in milliseconds. */
const patience = 30_000;

/**
 * Runs PGlite, the PostgreSQL that needs no server, on a folder while `use` runs. One process at a time: PGlite itself
 * has no lock, and two of them would spoil the folder. Throws a `DatabaseError`, or a `ToolError` where no lock can be
 * had; makes no database where none is.
 */
export async function withEmbedded<T>(directory: string, use: (query: Query) => Promise<T>): Promise<T> {
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    throw new DatabaseError(`${directory} holds no database of PGlite`, 'answer');
  }
  const lock = join(directory, 'convert-image.lock');
  for (const end = Date.now() + patience; ; await setTimeout(100)) {
    const locked = await withFileLock(lock, () => withPglite(directory, use));
    if (locked.kind === 'done') return locked.result;
    if (Date.now() > end) throw new DatabaseError(`another process uses ${directory}`, 'lost');
  }
}

async function withPglite<T>(directory: string, use: (query: Query) => Promise<T>): Promise<T> {
  // Loaded by who needs it: 27 MB.
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create(directory).catch((error: unknown) => {
    throw new DatabaseError(
      `PGlite can't open ${directory}: ${databaseError(error).message}`,
      'answer',
      error,
    );
  });
  try {
    return await use(async (statement, values = []) => {
      try {
        return rowsOf((await database.query(statement, [...values])).rows);
      } catch (error) {
        throw databaseError(error);
      }
    });
  } finally {
    await database.close();
  }
}
