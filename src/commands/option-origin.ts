import { z } from 'zod';
import type { Origin } from '../model.js';

const values = z.record(z.string(), z.unknown());
const givenSchema = z.object({ configuration: values, environment: values });

/**
 * Who gave an option, told by its value: what the environment or the configuration file says counts for theirs. `given`
 * holds what these two say, as `cli.ts` read it.
 */
export function originIn(flags: { readonly given?: unknown }): (option: string) => Origin {
  const given = givenSchema.safeParse(flags.given).data;
  const effective: Readonly<Record<string, unknown>> = { ...flags };
  return (option) => {
    const isSaidIn = (place: Readonly<Record<string, unknown>> | undefined): boolean =>
      place?.[option] !== undefined && asText(place[option]) === asText(effective[option]);
    if (isSaidIn(given?.environment)) return 'environment';
    return isSaidIn(given?.configuration) ? 'configuration file' : 'command line';
  };
}

/** yargs makes lists of what may be repeated. */
const asText = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));
