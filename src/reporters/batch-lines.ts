import type { BatchEvent, ImageResult } from '../batch/batch-events.js';
import { noticeIn } from '../batch/notice-in.js';
import { summaryText } from './batch-summary.js';
import { type SafeText, safe } from './escape.js';
import type { Paint } from './paint.js';

export interface BatchTextOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/** Plain lines, as a log or a mail takes them: one for each finished image, and the summary on standard output. */
export function createBatchLines(options: BatchTextOptions): (event: BatchEvent) => void {
  const { out, err, paint, verbosity } = options;
  let total = 0;
  let done = 0;
  return (event) => {
    if (event.type === 'batch-started') total = event.images;
    if (event.type === 'image-finished') done += 1;
    if (event.type === 'outcome') out(`${summaryText(event, paint).value}\n`);
    else if (verbosity !== 'quiet') {
      const line = lineOf(event, `${done}/${total}`, verbosity === 'verbose');
      if (line !== undefined) err(`${line.value}\n`);
    }
  };
}

type Told = Exclude<BatchEvent, { type: 'outcome' }>;

function lineOf(event: Told, count: string, isVerbose: boolean): SafeText | undefined {
  switch (event.type) {
    case 'batch-started': {
      const what = event.dryRun ? 'planning' : 'converting';
      const images = event.images === 1 ? '1 image' : `${event.images} images`;
      return safe`${what} ${images}, at most ${event.jobs} at the same time`;
    }
    case 'image-finished':
      return safe`${count} ${resultText(event)}`;
    case 'image-started':
      return isVerbose ? safe`${event.disk}: begun` : undefined;
    case 'image-event':
      return isVerbose && event.event.type === 'stage-started'
        ? safe`${event.disk}: ${String(event.event.stage)}: ${String(event.event.detail)}`
        : blockedText(event);
    default:
      return noteText(event);
  }
}

/** Of what an image's run notices, only this concerns somebody now: its VM can't be started. */
export function blockedText({
  disk,
  event,
}: Extract<BatchEvent, { type: 'image-event' }>): SafeText | undefined {
  const notice = noticeIn(event);
  return notice?.code === 'record-still-held' ? safe`note: ${disk}: ${notice.message}` : undefined;
}

type Note = Extract<BatchEvent, { type: 'memory-awaited' | 'batch-stopped' }>;

/** What concerns the batch as a whole. */
export function noteText(event: Note): SafeText {
  if (event.type === 'batch-stopped') return safe`${event.message}`;
  const megabytes = Math.floor(event.availableBytes / 1024 / 1024);
  return safe`note: ${event.disk} waits for memory: ${megabytes} MB are available, and those that run may need them`;
}

/** How one image ended, in words. */
export const verdictWords: Readonly<Record<ImageResult['verdict'], string>> = {
  converted: 'converted',
  'already-pv': 'ready for PV already',
  planned: 'to be converted',
  refused: 'refused',
  failed: 'failed',
  inconsistent: 'needs a person',
  interrupted: 'interrupted, untouched',
};

/** One finished image, its first reason included. */
function resultText({ disk, verdict, milliseconds, problems }: ImageResult): SafeText {
  const [first, ...more] = problems;
  const time = `${(milliseconds / 1000).toFixed(1)} s`;
  if (first === undefined) return safe`${disk}: ${verdictWords[verdict]}, ${time}`;
  const rest = more.length === 0 ? '' : `, and ${more.length} more`;
  return safe`${disk}: ${verdictWords[verdict]}, ${time}: ${first.message} [${first.code}]${rest}`;
}
