import type { BatchEvent } from '../batch/batch-events.js';
import { timeLeft } from '../batch/estimate.js';
import { type SafeText, safe, safeLines } from './escape.js';

/** What the terminal shows of a running batch. */
export interface Board {
  readonly total: number;
  readonly startedMs: number;
  readonly finishedMs: readonly number[];
  readonly refused: number;
  readonly failed: number;
  /** Stage of each running image, since when it is in it, and since when it runs. */
  readonly running: ReadonlyMap<string, Running>;
}

interface Running {
  readonly stage: string;
  readonly stageMs: number;
  readonly startedMs: number;
}

/** Before the first event. */
export const emptyBoard: Board = {
  total: 0,
  startedMs: 0,
  finishedMs: [],
  refused: 0,
  failed: 0,
  running: new Map(),
};

/** The board after an event that came at this time. */
export function boardAfter(board: Board, event: BatchEvent, nowMs: number): Board {
  const running = new Map(board.running);
  switch (event.type) {
    case 'batch-started':
      return { ...board, total: event.images, startedMs: nowMs };
    case 'image-started':
      running.set(event.disk, { stage: 'start', stageMs: nowMs, startedMs: nowMs });
      return { ...board, running };
    case 'image-event': {
      const { type, stage } = event.event;
      const before = running.get(event.disk);
      if (type !== 'stage-started' || before === undefined) return board;
      running.set(event.disk, { ...before, stage: String(stage), stageMs: nowMs });
      return { ...board, running };
    }
    case 'image-finished':
      running.delete(event.disk);
      return {
        ...board,
        running,
        finishedMs: [...board.finishedMs, event.milliseconds],
        refused: board.refused + (event.verdict === 'refused' ? 1 : 0),
        failed: board.failed + (/^(failed|inconsistent)$/.test(event.verdict) ? 1 : 0),
      };
    default:
      return board;
  }
}

/** A line for each running image, and one for all: `37/300 done, 2 refused, 1 failed, about 12 min left`. */
export function boardText(board: Board, nowMs: number): SafeText {
  const lines = [...board.running].map(
    ([disk, { stage, stageMs }]) => safe`${disk}  ${stage}  ${Math.floor((nowMs - stageMs) / 1000)} s`,
  );
  return safeLines([...lines, safe`${totalText(board, nowMs)}`]);
}

function totalText(board: Board, nowMs: number): string {
  const { total, finishedMs, running, refused, failed, startedMs } = board;
  const left = timeLeft({
    finishedMs,
    runningMs: [...running.values()].map((one) => nowMs - one.startedMs),
    waiting: Math.max(0, total - finishedMs.length - running.size),
    elapsedMs: nowMs - startedMs,
  });
  return [
    `${finishedMs.length}/${total} done`,
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(left === undefined ? [] : [`about ${roughly(left)} left`]),
  ].join(', ');
}

/** Seconds in tens below two minutes, then minutes, then hours: more would be a promise. */
function roughly(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 115) return `${Math.max(1, Math.ceil(seconds / 10)) * 10} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
