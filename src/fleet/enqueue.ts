/** The story of `enqueue`: the jobs of a list, put into the queues of their hosts. */
import { resolve } from 'node:path';
import { type Entry, type Mistake, placeOf } from '../batch/entry.js';
import type { EntryKeys } from '../batch/entry-keys.js';
import type { FleetEvent, FleetOutcome } from './fleet-events.js';
import { hostName, isHostName, jobOf, type Retries } from './job.js';
import { addJobs } from './queue/add-jobs.js';
import { stateWord } from './queue/look.js';
import type { Fleet } from './queue/open-fleet.js';

/** Of images on other hosts, of which only names are known. */
export const keysOfHosts: EntryKeys = {
  image: async (entry) => mistakeIn(entry) ?? JSON.stringify([hostName(entry.labels.host ?? ''), entry.disk]),
  record: async (record, { labels }) => {
    if (record === 'auto' || record === 'none') return undefined;
    if (!/^(xl|libvirt):/.test(record)) return record;
    const place = record.startsWith('xl:') ? `xl:${resolve(record.slice(3))}` : record;
    return JSON.stringify([hostName(labels.host ?? ''), place]);
  },
};

function mistakeIn(entry: Entry): Mistake | undefined {
  const { host } = entry.labels;
  if (entry.disk.includes('\0'))
    return { place: placeOf(entry, 'disk'), message: 'no path has a NUL in it', remedy: 'correct the path' };
  if (host === undefined) {
    const remedy = 'write host: NAME, here or in the defaults, or give --host';
    return { place: placeOf(entry), message: `it isn't said which host ${entry.disk} is on`, remedy };
  }
  if (isHostName(host)) return undefined;
  const message = `host: "${host}" is no name of a host`;
  return { place: placeOf(entry, 'host'), message, remedy: 'write its name as "hostname" prints it there' };
}

/** Entries without a host of their own are on this one. */
export const onHost = (entries: readonly Entry[], host: string | undefined): readonly Entry[] =>
  host === undefined
    ? entries
    : entries.map((entry) => ({ ...entry, labels: { ...entry.labels, host: entry.labels.host ?? host } }));

/** Queues the entries' jobs, all or none, and tells of each what became of it. */
export async function enqueue(
  fleet: Fleet,
  entries: readonly Entry[],
  retries: Retries,
  emit: (event: FleetEvent) => void,
): Promise<FleetOutcome> {
  const added = await addJobs(
    fleet,
    entries.map((entry) => jobOf(entry, retries)),
  );
  for (const one of added) {
    const { host, disk } = one;
    if (one.kind === 'added') emit({ type: 'job-queued', host, disk, job: one.job });
    else emit({ type: 'job-present', host, disk, state: stateWord(one.state) });
  }
  const queued = added.filter(({ kind }) => kind === 'added').length;
  return {
    type: 'outcome',
    outcome: 'enqueued',
    exitCode: 0,
    counts: { queued, present: added.length - queued, hosts: new Set(added.map(({ host }) => host)).size },
    problems: [],
  };
}
