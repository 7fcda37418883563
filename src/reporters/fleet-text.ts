import type { FleetEvent, FleetOutcome } from '../fleet/fleet-events.js';
import { type HostCounts, jobStates } from '../fleet/queue/look.js';
import { type SafeText, safe, safeLines } from './escape.js';
import type { Paint } from './paint.js';

/** A line for each host, and one for all. */
export function queueTable(hosts: readonly HostCounts[], paint: Paint): SafeText {
  if (hosts.length === 0) return safe`the queue is empty`;
  const width = Math.max(4, ...hosts.map(({ host }) => host.length));
  const line = (name: string, cells: readonly (string | number)[]) =>
    [
      name.padEnd(width),
      ...cells.map((cell, index) => String(cell).padStart(jobStates[index]?.length ?? 0)),
    ].join('  ');
  const sums = jobStates.map((state) => hosts.reduce((sum, { counts }) => sum + counts[state], 0));
  return safeLines([
    paint.strong(line('host', jobStates)),
    ...hosts.map(
      ({ host, counts }) =>
        safe`${line(
          host,
          jobStates.map((state) => counts[state]),
        )}`,
    ),
    ...(hosts.length === 1 ? [] : [paint.strong(line('all', sums))]),
  ]);
}

type Line = Exclude<FleetEvent, { type: 'queue' | 'outcome' }>;

/** One job. */
export function fleetLine(event: Line): SafeText {
  const where = `${event.host}:${event.disk}`;
  switch (event.type) {
    case 'job-queued':
      return safe`${where}: queued`;
    case 'job-present':
      return safe`${where}: is in the queue already (${event.state}), and was left as it is`;
    case 'job-cancelled':
      return event.isChanged
        ? safe`${where}: cancelled`
        : safe`${where}: is at work and was left so: a worker that is stopped gives it back, and then it can be cancelled`;
    case 'job-requeued':
      return event.isChanged
        ? safe`${where}: queued again`
        : safe`${where}: is in the queue already (${event.state}); its dead letter is gone`;
    case 'queue-job':
      return jobText(event, where);
  }
}

function jobText(job: Extract<Line, { type: 'queue-job' }>, where: string): SafeText {
  const [first] = job.output?.problems ?? [];
  const when = job.state === 'retrying' ? `, again at ${job.startAfter}` : '';
  const tries = job.retries === 0 ? '' : `, retry ${job.retries} of ${job.retryLimit}`;
  const lines = [safe`${where}: ${job.state}${tries}${when}`];
  if (first !== undefined && job.state !== 'running' && job.state !== 'done')
    lines.push(
      safe`  ${first.message} [${first.code}]`,
      ...(first.remedy === '' ? [] : [safe`    what to do: ${first.remedy}`]),
    );
  return safeLines(lines);
}

/** The last line. */
export function endText({ outcome, counts }: FleetOutcome, paint: Paint): SafeText {
  const { queued = 0, present = 0, hosts = 0, cancelled = 0, requeued = 0, left = 0 } = counts;
  const rest = (number: number, words: string) => (number === 0 ? '' : `, ${number} ${words}`);
  switch (outcome) {
    case 'enqueued':
      return safe`${paint.strong(`${jobs(queued)} queued`)} for ${hosts === 1 ? '1 host' : `${hosts} hosts`}${rest(present, 'in the queue already')}`;
    case 'cancelled':
      return safe`${paint.strong(`${jobs(cancelled)} cancelled`)}${rest(left, 'at work and left so')}`;
    case 'requeued':
      return safe`${paint.strong(`${jobs(requeued)} queued again`)}${rest(left, 'in the queue already')}`;
    case 'queue':
      return safe`${jobs(Object.values(counts).reduce((sum, count) => sum + count, 0))}`;
  }
}

const jobs = (number: number): string => (number === 1 ? '1 job' : `${number} jobs`);
