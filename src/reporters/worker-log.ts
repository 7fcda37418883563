import { noticeIn } from '../batch/notice-in.js';
import type { WorkerEvent } from '../fleet/worker-events.js';
import type { BatchTextOptions } from './batch-lines.js';
import { escapeJson } from './escape.js';
import { workerSentence } from './worker-lines.js';

type Level = 'debug' | 'info' | 'warning' | 'error';

/**
 * One JSON object a line: `time`, `level`, `event`, `host`, `message`, and what the event itself has (`job`, `disk`, …). The
 * stages of runs come with `verbose`; with `quiet` only what somebody should look at.
 */
export function createWorkerLog(
  out: (text: string) => void,
  verbosity: BatchTextOptions['verbosity'],
): (event: WorkerEvent) => void {
  let host = '';
  return (event) => {
    if (event.type === 'worker-started') host = event.host;
    const level = levelOf(event);
    if (level === 'debug' && (verbosity !== 'verbose' || !isShort(event))) return;
    if (level === 'info' && verbosity === 'quiet' && event.type !== 'outcome') return;
    const { type, ...rest } = event;
    const message = workerSentence(event);
    // A program that reads the output of any command finds its end by `type`.
    const name = type === 'outcome' ? { event: 'worker-stopped', type } : { event: type };
    const line = {
      time: new Date().toISOString(),
      level,
      ...name,
      host,
      ...(message && { message }),
      ...rest,
    };
    out(`${escapeJson(JSON.stringify(line))}\n`);
  };
}

/** Plans and facts, which may be long, are in the run's own log and report. */
const isShort = (event: WorkerEvent): boolean =>
  event.type !== 'job-event' ||
  /^(stage-started|stage-finished|notice|undo-archive)$/.test(String(event.line.type));

function levelOf(event: WorkerEvent): Level {
  switch (event.type) {
    case 'job-event':
      return noticeIn(event.line)?.code === 'record-still-held' ? 'warning' : 'debug';
    case 'job-finished':
    case 'recovery-finished':
      if (event.verdict === 'inconsistent' || event.verdict === 'failed') return 'error';
      return event.verdict === 'refused' ? 'warning' : 'info';
    case 'job-delivered':
      return event.as === 'dead-letter' || event.as === 'lost' ? 'warning' : 'info';
    case 'job-abandoned':
    case 'database-lost':
      return 'warning';
    case 'job-unreadable':
    case 'needs-person':
      return 'error';
    default:
      return 'info';
  }
}
