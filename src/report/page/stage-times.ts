/** Where the time went, stage by stage over all runs. */
import { duration } from './format.js';
import { type Html, html, nothing } from './html.js';
import type { Vm } from './page-data.js';
import { table } from './tables.js';

export interface StageTime {
  readonly stage: string;
  readonly runs: number;
  readonly medianMs: number;
  readonly maximumMs: number;
  readonly totalMs: number;
}

/** Times of each stage in the order of their first appearance. What a run does twice, such as verify, is added up. */
export function stageTimes(vms: readonly Vm[]): StageTime[] {
  const times = new Map<string, number[]>();
  for (const { report } of vms) {
    const ofRun = new Map<string, number>();
    for (const { stage, milliseconds } of report?.stages ?? [])
      if (milliseconds !== undefined) ofRun.set(stage, (ofRun.get(stage) ?? 0) + milliseconds);
    for (const [stage, milliseconds] of ofRun) times.set(stage, [...(times.get(stage) ?? []), milliseconds]);
  }
  return [...times].map(([stage, all]) => ({
    stage,
    runs: all.length,
    medianMs: median(all),
    maximumMs: Math.max(...all),
    totalMs: all.reduce((sum, one) => sum + one, 0),
  }));
}

/** The middle one, or the mean of the two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

const mostStages = 30;
const labelWidth = 100;
const barWidth = 660;
const rowHeight = 30;

/** A picture and a table of them; nothing where no run has got anywhere. */
export function stagesFigure(vms: readonly Vm[]): Html {
  const times = stageTimes(vms).slice(0, mostStages);
  if (times.length === 0) return nothing;
  const longest = Math.max(...times.map(({ maximumMs }) => maximumMs), 1);
  const height = times.length * rowHeight + 4;
  const rows = times.map((one, index) => row(one, index * rowHeight + 2, barWidth / longest));
  const cells = times.map(({ stage, runs, medianMs, maximumMs, totalMs }) => [
    stage,
    String(runs),
    duration(medianMs),
    duration(maximumMs),
    duration(totalMs),
  ]);
  return html`<h3>By stage</h3>
<p class="legend"><span class="swatch is-median"></span> median <span class="swatch is-maximum"></span> up to the longest</p>
<div class="scroll" role="region" tabindex="0" aria-label="Picture of the stages"><svg class="chart" viewBox="0 0 1000 ${height}" role="img" aria-label="Median and longest time of each stage; the table below has the numbers">
${rows}</svg></div>
<details><summary>The stages as a table</summary>
${table('Time by stage, over all runs', ['Stage', 'Runs', 'Median', 'Longest', 'Together'], cells, 'numbers')}
</details>\n`;
}

function row({ stage, medianMs, maximumMs }: StageTime, top: number, perMs: number): Html {
  const medianWidth = Math.max(medianMs * perMs, 2);
  const maximumWidth = Math.max(maximumMs * perMs, medianWidth);
  const textY = top + 18;
  return html`<text class="label" x="0" y="${textY}">${stage.slice(0, 14)}</text>
<rect class="is-maximum" x="${labelWidth}" y="${top + 5}" width="${maximumWidth.toFixed(1)}" height="18" rx="2"/>
<rect class="is-median" x="${labelWidth}" y="${top + 5}" width="${medianWidth.toFixed(1)}" height="18" rx="2"/>
<text class="value" x="${(labelWidth + maximumWidth + 8).toFixed(1)}" y="${textY}">${duration(medianMs)} · longest ${duration(maximumMs)}</text>\n`;
}
