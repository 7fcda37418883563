/** Finds what a page of a fleet shows: every disk's newest job, with the report that its run left in the queue. */
import { listJobs, type QueuedJob } from '../fleet/queue/look.js';
import type { Fleet } from '../fleet/queue/open-fleet.js';
import { programVersion } from '../program-version.js';
import type { PageData, Standing, Vm } from './page/page-data.js';

/** A page's content: of the whole queue, which is at `url`. */
export async function gatherFleet(fleet: Fleet, url: string): Promise<PageData> {
  const vms: Vm[] = [];
  for await (const job of listJobs(fleet, { reports: true })) vms.push(vmOf(job));
  return {
    made: new Date().toISOString(),
    program: programVersion,
    stateDirectory: '',
    fleet: `${url} (${fleet.schema})`,
    vms,
    unreadable: [],
  };
}

function vmOf(job: QueuedJob): Vm {
  const { host, disk, output } = job;
  const standing = standingOf(job);
  // What it came to in an earlier run is no news of one that waits from the beginning, or is at work.
  if (output === undefined || standing === 'not-begun' || standing === 'running')
    return { host, disk, standing, codes: [] };
  const { problems, milliseconds, exitCode, report, reportPath, log } = output;
  return {
    host,
    disk,
    standing,
    codes: problems.map(({ code }) => code),
    problems,
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(report === undefined ? {} : { report }),
    ...(reportPath === undefined ? {} : { reportPath }),
    ...(log === undefined ? {} : { log }),
  };
}

function standingOf({ state, output }: QueuedJob): Standing {
  if (state === 'waiting' || state === 'cancelled') return 'not-begun';
  if (state === 'running') return 'running';
  return output?.verdict ?? 'unknown';
}
