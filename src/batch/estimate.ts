/** How far a batch is in time. */
export interface Pace {
  /** How long each finished image took. */
  readonly finishedMs: readonly number[];
  /** How long each running image has been at work. */
  readonly runningMs: readonly number[];
  readonly waiting: number;
  /** Since the batch began. */
  readonly elapsedMs: number;
}

/** From fewer nothing can be said: one of them could be the one that needs a kernel. */
const fewest = 5;

/**
 * How long the rest will take, in milliseconds, by the median of what is finished and by how many were at work at the same
 * time so far; undefined while too little is known.
 */
export function timeLeft({ finishedMs, runningMs, waiting, elapsedMs }: Pace): number | undefined {
  if (finishedMs.length < fewest) return undefined;
  const usual = median(finishedMs);
  const rest = runningMs.map((ms) => Math.max(0, usual - ms));
  const worked = sum(finishedMs) + sum(runningMs);
  const together = Math.max(1, worked / Math.max(1, elapsedMs));
  return Math.max((waiting * usual + sum(rest)) / together, ...rest, 0);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
