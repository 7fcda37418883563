import type { Contest } from './contest.js';

/** Design section 9: 150 MB of the Node process, whatever the image's size. */
export const peakGoalMiB = 150;

export interface Measured {
  readonly runs: number;
  readonly contenders: readonly {
    readonly name: string;
    readonly seconds: readonly number[];
    readonly median: number;
  }[];
  readonly peakMiB?: number;
}

export interface Judged extends Measured {
  readonly id: string;
  readonly title: string;
  readonly goals: readonly {
    readonly text: string;
    readonly figure: number;
    readonly unit: string;
    readonly isReached: boolean;
  }[];
}

/** Holds what was measured against the contest's goals. */
export function judge({ id, title, goals }: Contest, measured: Measured): Judged {
  const medians = measured.contenders.map(({ median }) => median);
  const judgedGoals = goals.map(({ text, figure, isReached, unit }) => {
    const value = figure(medians);
    return { text, figure: value, unit, isReached: isReached(value) };
  });
  return { id, title, ...measured, goals: judgedGoals };
}

/** The table's lines for one contest: each contender's median, and how many times as long as the first it takes. */
export function rowsOf({ title, contenders, goals }: Judged): string[] {
  const [first] = contenders;
  const lines = contenders.map(({ name, median }) => {
    const ratio = (median / (first?.median ?? Number.NaN)).toFixed(2);
    return `  ${name.padEnd(34)} ${median.toFixed(2).padStart(8)} s   ${ratio.padStart(6)}`;
  });
  const judged = goals.map(
    ({ text, figure, unit, isReached }) =>
      `  ${isReached ? 'reached' : 'MISSED'}: ${text} (${figure.toFixed(2)} ${unit})`,
  );
  return [title, ...lines, ...judged, ''];
}
