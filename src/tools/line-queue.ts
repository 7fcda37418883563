import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The lines up to a marker; `ended` when the stream closed first, `late` when the limit passed. */
export interface Answer {
  readonly kind: 'found' | 'ended' | 'late';
  readonly lines: string[];
}

export interface LineQueue {
  /** Waits for a line that equals `marker` and returns what came before it. One caller at a time. */
  until(marker: string, limit: AbortSignal): Promise<Answer>;
}

/** Reads a stream line by line, one character per byte, for a dialogue of questions and marked answers. */
export function createLineQueue(stream: Readable): LineQueue {
  stream.setEncoding('latin1');
  const waiting: string[] = [];
  let ended = false;
  let wake = () => {};
  const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  reader.on('line', (line) => {
    waiting.push(line);
    wake();
  });
  reader.on('close', () => {
    ended = true;
    wake();
  });
  const take = (marker: string, late: boolean): Answer | undefined => {
    const end = waiting.indexOf(marker);
    if (end >= 0) return { kind: 'found', lines: waiting.splice(0, end + 1).slice(0, -1) };
    if (!ended && !late) return undefined;
    return { kind: ended ? 'ended' : 'late', lines: waiting.splice(0) };
  };
  const until = (marker: string, limit: AbortSignal): Promise<Answer> =>
    new Promise((resolve) => {
      const look = () => {
        const answer = take(marker, limit.aborted);
        if (answer === undefined) return;
        wake = () => {};
        limit.removeEventListener('abort', look);
        resolve(answer);
      };
      wake = look;
      limit.addEventListener('abort', look);
      look();
    });
  return { until };
}
