import type { Durations, Ground, Start } from './crash-campaign.js';
import { begin, commandFrom } from './crash-campaign.js';
import { runWith } from './crash-run.js';

/** Far behind the end of every run. */
const neverMs = 2 ** 31 - 1;

/** Measures how long each kind of run takes, from the moment on from which its random kills are timed, in milliseconds. */
export async function measure(ground: Ground): Promise<Durations> {
  const fresh = await timed(ground, 'fresh');
  const half = await timed(ground, 'half');
  const done = await timed(ground, 'done');
  return {
    anywhere: fresh.wholeMs,
    commit: fresh.sinceMs('save'),
    'roll forward': half.sinceMs('recover'),
    undo: done.sinceMs('undo'),
  };
}

async function timed({ subject }: Ground, start: Start) {
  await begin(start, subject);
  const began = performance.now();
  const run = await runWith(subject, commandFrom(start, subject), {
    kind: 'time',
    afterMs: neverMs,
    slow: true,
  });
  const wholeMs = performance.now() - began;
  const timeOf = (event: Record<string, unknown> | undefined) => Date.parse(String(event?.time));
  const sinceMs = (stage: string): number =>
    timeOf(run.events.at(-1)) - timeOf(run.events.find((event) => event.stage === stage));
  return { wholeMs, sinceMs };
}
