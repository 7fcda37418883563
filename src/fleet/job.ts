/** What stands in a queue: one image of one host, with the options of its conversion. */
import { z } from 'zod';
import type { Entry, EntryOptions, OptionKinds } from '../batch/entry.js';

/** A job's data. It comes back from a database that others can write to. */
export const jobDataSchema = z.object({
  version: z.literal(1),
  host: z.string(),
  /** Absolute, on that host. */
  disk: z.string().startsWith('/'),
  /** By the command line's long names, as a batch list has them. */
  options: z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())])),
  tags: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  /** The list and the line that it came from: `web.yaml:7:5`. */
  place: z.string(),
  retries: z.object({ limit: z.number(), delaySeconds: z.number() }),
});

export type JobData = z.infer<typeof jobDataSchema>;

/** How often a job is tried again, and how long is waited at first: about twice as long after each failure. */
export type Retries = JobData['retries'];

/** Hosts are told apart by their names, in lower case. */
export const hostName = (name: string): string => name.toLowerCase();

/** Whether this can be a host's name (RFC 1123, and `_`, which many have). */
export const isHostName = (name: string): boolean => /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i.test(name);

/** The job of an entry whose label `host` says where its disk is. */
export function jobOf({ disk, options, tags, labels, places }: Entry, retries: Retries): JobData {
  const { host = '' } = labels;
  const plain: Record<string, string | boolean | string[]> = {};
  for (const [name, value] of Object.entries(options))
    plain[name] = typeof value === 'object' ? [...value] : value;
  return {
    version: 1,
    host: hostName(host),
    disk,
    options: plain,
    tags: [...tags],
    labels: { ...labels },
    place: places[''] ?? '',
    retries,
  };
}

export type JobReading =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * What a worker is to do for this job. Only options of a conversion are taken, each of its kind: nobody who can write to
 * the queue names another state directory.
 */
export function readJob(data: unknown, kinds: OptionKinds): JobReading {
  const parsed = jobDataSchema.safeParse(data);
  if (!parsed.success)
    return {
      kind: 'unreadable',
      reason: `it is not as version 1 should be: ${z.prettifyError(parsed.error)}`,
    };
  const { disk, options, tags, labels, place } = parsed.data;
  const odd = Object.entries(options).filter(([name, value]) => !fits(name, value, kinds));
  if (odd.length > 0)
    return {
      kind: 'unreadable',
      reason: `it has options that are none: ${odd.map(([name]) => name).join(', ')}`,
    };
  return { kind: 'entry', entry: { disk, options, tags, labels, places: { '': place } } };
}

function fits(name: string, value: EntryOptions[string], kinds: OptionKinds): boolean {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) return false;
  return (kind.type === 'boolean') === (typeof value === 'boolean');
}

/** The disk of a job, as far as it can be read: for messages. */
export function diskIn(data: unknown): string {
  const { data: found } = z.object({ disk: z.string() }).safeParse(data);
  return found?.disk ?? '(a job without a disk)';
}
