import { createLogUpdate } from 'log-update';
import type { BatchEvent } from '../batch/batch-events.js';
import { boardAfter, boardText, emptyBoard } from './batch-board.js';
import { type BatchTextOptions, blockedText, noteText } from './batch-lines.js';
import { summaryText } from './batch-summary.js';

/** How often the seconds are counted on. */
const redrawMs = 500;

/**
 * Draws what runs on a terminal, in place: three hundred images leave no three hundred lines. Notes stay above it, and
 * the summary takes its place at the end.
 */
export function createBatchTerminal(
  { out, paint }: BatchTextOptions,
  terminal: NodeJS.WriteStream,
): (event: BatchEvent) => void {
  const draw = createLogUpdate(terminal);
  let board = emptyBoard;
  const redraw = () => draw(boardText(board, performance.now()).value);
  const timer = setInterval(redraw, redrawMs);
  timer.unref();
  return (event) => {
    board = boardAfter(board, event, performance.now());
    if (event.type === 'batch-stopped' || event.type === 'memory-awaited')
      draw.persist(noteText(event).value);
    const blocked = event.type === 'image-event' ? blockedText(event) : undefined;
    if (blocked !== undefined) draw.persist(blocked.value);
    if (event.type !== 'outcome') return redraw();
    clearInterval(timer);
    draw.clear();
    draw.done();
    out(`${summaryText(event, paint).value}\n`);
  };
}
