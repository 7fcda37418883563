import type { ImageResult } from '../batch/batch-events.js';
import type { Delivered } from '../fleet/queue/host-queue.js';
import type { WorkerEvent, WorkerOutcome } from '../fleet/worker-events.js';
import { type BatchTextOptions, verdictWords } from './batch-lines.js';
import { safe } from './escape.js';

/** Plain lines for people at a terminal. */
export function createWorkerLines({ out, err, verbosity }: BatchTextOptions): (event: WorkerEvent) => void {
  return (event) => {
    const sentence = workerSentence(event);
    if (sentence === undefined) return;
    if (event.type === 'outcome') return out(safe`${sentence}\n`.value);
    const isDetail = event.type === 'job-event' || event.type === 'job-started';
    if (verbosity === 'quiet' || (isDetail && verbosity !== 'verbose')) return;
    err(safe`${sentence}\n`.value);
  };
}

/** What an event says in words; undefined where its fields say it all. Not safe for a terminal by itself. */
export function workerSentence(event: WorkerEvent): string | undefined {
  switch (event.type) {
    case 'worker-started':
      return `works for ${event.host}, at most ${event.jobs} at the same time; the queue is in ${event.fleet}`;
    case 'job-started':
      return `${event.disk}: begun${event.retries === 0 ? '' : `, the ${ordinal(event.retries + 1)} time`}`;
    case 'job-event':
      return eventSentence(event.disk, event.line);
    case 'job-finished':
      return resultSentence(event);
    case 'job-delivered':
      return `${event.disk}: ${deliveries[event.as]}`;
    case 'recovery-finished':
      return `${resultSentence(event)}${event.willRetry ? '; it is tried again' : ''}`;
    default:
      return otherSentence(event);
  }
}

type Other = Exclude<
  WorkerEvent,
  {
    type:
      | 'worker-started'
      | 'job-started'
      | 'job-event'
      | 'job-finished'
      | 'job-delivered'
      | 'recovery-finished';
  }
>;

function otherSentence(event: Other): string {
  switch (event.type) {
    case 'job-abandoned':
      return `${event.disk}: its worker has died; it is tried again, or goes to the dead letters`;
    case 'job-unreadable':
      return `a job for ${event.disk} can't be understood: ${event.reason}`;
    case 'recovery-started':
      return `${event.disk}: a conversion was interrupted here; it is finished now`;
    case 'needs-person':
      return `${event.disk}: ${event.problem.message}; ${event.problem.remedy}`;
    case 'database-lost':
      return `the queue can't be reached: ${event.message}; what runs goes on`;
    case 'database-back':
      return `the queue is there again, after ${Math.round(event.milliseconds / 1000)} s`;
    case 'memory-awaited':
      return `the next job waits for memory: ${Math.floor(event.availableBytes / 1024 / 1024)} MB are available`;
    case 'worker-stopping':
      return event.message;
    case 'outcome':
      return endSentence(event);
  }
}

const deliveries: Readonly<Record<Delivered, string>> = {
  completed: 'done, and the queue knows it',
  'completed-by-flip': 'done: the job was completed together with the record',
  retry: 'it is tried again later',
  'dead-letter': 'it needs a person, and is a dead letter now',
  'given-back': 'it is back in the queue as it was',
  lost: 'the queue has given the job to somebody else, or forgotten it',
};

const ordinal = (number: number): string => `${number}${['th', 'st', 'nd', 'rd'][number > 3 ? 0 : number]}`;

function resultSentence({ disk, verdict, milliseconds, problems }: ImageResult): string {
  const [first] = problems;
  const reason = first === undefined ? '' : `: ${first.message} [${first.code}]`;
  return `${disk}: ${verdictWords[verdict]}, ${(milliseconds / 1000).toFixed(1)} s${reason}`;
}

function eventSentence(disk: string, event: Readonly<Record<string, unknown>>): string | undefined {
  if (event.type !== 'stage-started') return undefined;
  return `${disk}: ${String(event.stage)}: ${String(event.detail)}`;
}

function endSentence({ counts, undelivered }: WorkerOutcome): string {
  const said = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  const left = undelivered.length === 0 ? '' : `; the queue wasn't told of ${undelivered.length}`;
  return `stopped: ${said.join(', ') || 'nothing was done'}${left}`;
}
