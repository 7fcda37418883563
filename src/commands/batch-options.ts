import type { Options } from 'yargs';
import { UsageError } from '../errors.js';

/** Options of `batch` alone. */
export const batchOptions = {
  jobs: {
    type: 'string',
    default: 'auto',
    describe: 'so many conversions at the same time at most; auto: as many as there are processors',
  },
  canary: {
    type: 'string',
    describe: 'convert so many first, and the rest only when all of them were converted',
  },
  'stop-after-failures': { type: 'string', describe: 'begin no further one after so many failures' },
  where: {
    type: 'string',
    array: true,
    describe: "only images for which KEY=PATTERN holds: tag=web, site=office, 'disk=*/web*'; all of several",
  },
  'dry-run': { type: 'boolean', default: false, describe: 'plan each instead; nothing is written' },
} as const satisfies Record<string, Options>;

/** The number behind an option; undefined when it wasn't given. Throws a `UsageError` for anything else than 1, 2, … */
export function positiveNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} ${text} is not a number of images`, { remedy: 'write 1 or more' });
}

/** The names of the options that stand on the command line itself, not in the environment or a configuration file. */
export function givenOptions(args: readonly string[]): ReadonlySet<string> {
  const end = args.indexOf('--');
  const words = end < 0 ? args : args.slice(0, end);
  return new Set(words.flatMap((word) => /^--(?:no-)?([a-z][a-z-]*)(?:=|$)/s.exec(word)?.[1] ?? []));
}
