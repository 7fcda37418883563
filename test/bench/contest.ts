/** What is compared with what, each as a command that a person could type. */
export interface Contender {
  readonly name: string;
  /** Makes what the command works on; not measured. */
  readonly prepare: () => Promise<void>;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Goal {
  /** As the design's section 9 says it. */
  readonly text: string;
  /** The number that is judged, by the contenders' median seconds in their order. */
  readonly figure: (medians: readonly number[]) => number;
  readonly isReached: (figure: number) => boolean;
  readonly unit: 's' | 'times';
}

export interface Contest {
  readonly id: string;
  readonly title: string;
  /** Slow ones are run less often. */
  readonly pace: 'quick' | 'slow';
  /** The first is this program. They run in turns. */
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
}

/** How many times as long as the first contender another takes. */
export const ratioTo =
  (other: number) =>
  (medians: readonly number[]): number =>
    (medians[other] ?? Number.NaN) / (medians[0] ?? Number.NaN);

export const atMostSeconds = (limit: number): Goal => ({
  text: `at most ${limit} s`,
  figure: ([own = Number.NaN]) => own,
  isReached: (figure) => figure <= limit,
  unit: 's',
});

export const timesAsFast = (than: string, times: number, other: number): Goal => ({
  text: times === 1 ? `faster than ${than}` : `${times} times as fast as ${than}`,
  figure: ratioTo(other),
  isReached: (figure) => figure >= times,
  unit: 'times',
});
