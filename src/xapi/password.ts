import { readFile, stat } from 'node:fs/promises';
import { PoolError } from '../errors.js';

const variable = 'XAPI_PASSWORD';

/**
 * The password for a pool: the first line of `file`, which only its owner may read, this user or root; without a file
 * the environment's XAPI_PASSWORD. Throws a `PoolError` that doesn't repeat it.
 */
export async function readPassword(file: string | undefined): Promise<string> {
  if (file === undefined) {
    const given = process.env[variable];
    if (given !== undefined && given !== '') return given;
    throw refused('no password is given', `set ${variable}, or xapi.password-file in the configuration file`);
  }
  const cause = (error: Error) =>
    refused(`the password file ${file} can't be read: ${error.message}`, 'mend xapi.password-file');
  const found = await stat(file).catch((error: Error) => {
    throw cause(error);
  });
  if (!found.isFile()) throw refused(`the password file ${file} is no file`, 'mend xapi.password-file');
  if ((found.mode & 0o077) !== 0 || ![0, process.getuid?.()].includes(found.uid)) {
    throw refused(
      `the password file ${file} can be read by others than its owner, or isn't yours`,
      `run "chmod 600 ${file}", and change the password if others were there`,
    );
  }
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw cause(error);
  });
  const [password = ''] = text.split(/\r?\n/, 1);
  if (password === '') throw refused(`the password file ${file} is empty`, 'write the password into it');
  return password;
}

const refused = (message: string, remedy: string): PoolError =>
  new PoolError(message, 'answer', '', { remedy });
