/** The stories of `queue`: what stands there, and what is changed about it. */
import { setTimeout } from 'node:timers/promises';
import { exitCodes } from '../exit-codes.js';
import type { FleetEvent, FleetOutcome } from './fleet-events.js';
import { type Choice, cancelJobs, retryJobs } from './queue/change-jobs.js';
import { countJobs, type HostCounts, type JobState, jobStates, listJobs } from './queue/look.js';
import type { Fleet } from './queue/open-fleet.js';

type Emit = (event: FleetEvent) => void;

/** The sums over all hosts. */
export function totalsOf(hosts: readonly HostCounts[]): Record<JobState, number> {
  const sum = (state: JobState) => hosts.reduce((total, { counts }) => total + counts[state], 0);
  return Object.fromEntries(jobStates.map((state) => [state, sum(state)])) as Record<JobState, number>;
}

/** Shows the table, and every job that isn't done or waiting for its first time. `all`: every one. */
export async function listQueue(
  fleet: Fleet,
  host: string | undefined,
  all: boolean,
  emit: Emit,
): Promise<FleetOutcome> {
  const hosts = await countJobs(fleet, hostsOf(host));
  emit({ type: 'queue', hosts });
  for await (const job of listJobs(fleet, { hosts: hostsOf(host), reports: false }))
    if (all || /^(running|retrying|dead)$/.test(job.state)) emit({ type: 'queue-job', ...job });
  return outcome('queue', exitCodes.done, totalsOf(hosts));
}

const hostsOf = (host: string | undefined): string[] | undefined => (host === undefined ? undefined : [host]);

const outcome = (
  name: FleetOutcome['outcome'],
  exitCode: number,
  counts: FleetOutcome['counts'],
): FleetOutcome => ({ type: 'outcome', outcome: name, exitCode, counts, problems: [] });

/** How often the queue is looked at while somebody watches, in milliseconds. */
const watchMs = 2000;

/** Shows the table whenever it has changed, until nothing waits or runs any more. */
export async function watchQueue(fleet: Fleet, host: string | undefined, emit: Emit): Promise<FleetOutcome> {
  for (let shown = ''; ; await setTimeout(watchMs)) {
    const hosts = await countJobs(fleet, hostsOf(host));
    const now = JSON.stringify(hosts);
    if (now !== shown) emit({ type: 'queue', hosts });
    shown = now;
    const totals = totalsOf(hosts);
    if (totals.waiting + totals.running + totals.retrying > 0) continue;
    const exitCode = totals.dead > 0 ? exitCodes.someNotConverted : exitCodes.done;
    return outcome('queue', exitCode, totals);
  }
}

/** Cancels or requeues what was chosen. */
export async function changeQueue(
  fleet: Fleet,
  what: 'cancel' | 'retry',
  choice: Choice,
  emit: Emit,
): Promise<FleetOutcome> {
  const changed = await (what === 'cancel' ? cancelJobs : retryJobs)(fleet, choice);
  const type = what === 'cancel' ? 'job-cancelled' : 'job-requeued';
  for (const one of changed) emit({ type, ...one });
  const done = changed.filter(({ isChanged }) => isChanged).length;
  const counts = { [what === 'cancel' ? 'cancelled' : 'requeued']: done, left: changed.length - done };
  return outcome(what === 'cancel' ? 'cancelled' : 'requeued', exitCodes.done, counts);
}
