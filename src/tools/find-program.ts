import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** The path of a program as PATH leads to it; undefined when it isn't installed. An absolute path is taken as it is. */
export async function findProgram(name: string): Promise<string | undefined> {
  if (name.startsWith('/')) return name;
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
