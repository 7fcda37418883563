import type { BatchEvent } from '../batch/batch-events.js';
import { escapeJson } from './escape.js';

/** One JSON object a line: the batch's events, and those of each image with its disk; the last one is the outcome. */
export function createBatchJson(out: (text: string) => void): (event: BatchEvent) => void {
  return (event) => {
    // An image's own outcome has its disk, as the other lines have; the batch's has none.
    const form = event.type === 'image-event' ? { ...event.event, disk: event.disk } : event;
    out(`${escapeJson(JSON.stringify({ time: new Date().toISOString(), ...form }))}\n`);
  };
}
