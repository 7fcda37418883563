import { hostname } from 'node:os';
import type { Options } from 'yargs';
import { UsageError } from '../errors.js';
import { hostName, isHostName } from '../fleet/job.js';

/** Options of the commands that use a fleet's queue. */
export const fleetOptions = {
  fleet: {
    type: 'string',
    describe: "the PostgreSQL database with the fleet's queue, postgres://HOST/DATABASE, without a password",
  },
  'fleet-schema': { type: 'string', default: 'convert_image', describe: "the schema of the queue's tables" },
} as const satisfies Record<string, Options>;

/** Options of `enqueue` beside those of a conversion. */
export const enqueueOptions = {
  host: { type: 'string', describe: 'the host of images that say none of their own' },
  where: {
    type: 'string',
    array: true,
    describe: "only images for which KEY=PATTERN holds: host=a*, tag=web, 'disk=*/web*'; all of several",
  },
  retries: {
    type: 'string',
    default: '5',
    describe: 'so many times what failed and may go better is tried again',
  },
  'retry-delay': {
    type: 'string',
    default: '30',
    describe: 'seconds before it is tried again the first time; about twice as long after each failure',
  },
} as const satisfies Record<string, Options>;

/** Options of `worker`. */
export const workerOptions = {
  host: { type: 'string', describe: "the host whose jobs it takes; default: this host's name" },
  jobs: {
    type: 'string',
    default: 'auto',
    describe: 'so many conversions at the same time at most; auto: as many as there are processors',
  },
  metrics: {
    type: 'string',
    nargs: 1,
    describe: "a file NAME.prom for node exporter's textfile collector, kept up to date",
  },
} as const satisfies Record<string, Options>;

/** Options of `queue`. */
export const queueOptions = {
  host: { type: 'string', describe: 'only of this host' },
  all: { type: 'boolean', default: false, describe: 'list: every job; cancel, retry: all of them' },
} as const satisfies Record<string, Options>;

/** A host's name as queues have it; without one, that of this host. Throws a `UsageError`. */
export function hostOption(name: string | undefined): string {
  const host = name ?? hostname();
  if (isHostName(host)) return hostName(host);
  throw new UsageError(`--host ${host} is no name of a host`, {
    remedy: 'write it as "hostname" prints it there',
  });
}

/** A number behind an option. Throws a `UsageError` for anything but 0, 1, 2, … */
export function count(option: string, text: string): number {
  if (/^(0|[1-9]\d{0,5})$/.test(text)) return Number(text);
  throw new UsageError(`--${option} ${text} is no number`, { remedy: 'write 0 or more' });
}
