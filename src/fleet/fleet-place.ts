import { DatabaseError, ToolError, UsageError } from '../errors.js';
import { isSchemaName } from './queue/boss.js';
import type { FleetPlace } from './queue/open-fleet.js';

const form = 'write it as postgres://HOST/DATABASE, or postgres://USER@/DATABASE?host=/run/postgresql';

/** The fleet that the options name. Throws a `UsageError`, which repeats no password. */
export function fleetPlace(url: string | undefined, schema: string): FleetPlace {
  if (url === undefined || url === '')
    throw new UsageError('no fleet is named', {
      remedy: `give --fleet, CONVERT_IMAGE_FLEET, or "fleet:" in the configuration file: ${form}`,
    });
  // libpq's way to say that there is no host is no valid URL.
  const whole = url.replace('@/', '@localhost/');
  if (!/^postgres(ql)?:\/\//i.test(url) || !URL.canParse(whole))
    throw new UsageError('--fleet is no postgres:// URL', { remedy: form });
  const { password, searchParams } = new URL(whole);
  if (password !== '' || searchParams.has('password'))
    throw new UsageError('--fleet has a password in it, which every user of this host could see', {
      remedy: 'leave it out, and put it into ~/.pgpass (PGPASSFILE) or the environment as PGPASSWORD',
    });
  if (!isSchemaName(schema))
    throw new UsageError(`--fleet-schema ${schema} is no plain name of a schema`, {
      remedy: 'write small letters, digits and _, 50 at most',
    });
  return { url, schema };
}

/** Runs `work` on the fleet's database; what that can't do, or says no to, is a `ToolError`. */
export async function orToolError<T>({ url }: FleetPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new ToolError(`the fleet's database ${url} can't be used: ${error.message}`, {
      remedy:
        error.failure === 'answer'
          ? 'may this user make the schema and its tables there? Mend the cause and run the command again'
          : 'is the server running and reachable? Run the command again then',
      cause: error,
    });
  }
}
