import { type Html, html, nothing } from './html.js';
import type { Vm } from './page-data.js';
import { table } from './tables.js';

/** Upper ends in seconds: direct conversions take one or two, a kernel's installation more than ten minutes. */
const ends: readonly (readonly [number, string])[] = [
  [1, 'below 1 s'],
  [2, '1 to 2 s'],
  [5, '2 to 5 s'],
  [10, '5 to 10 s'],
  [30, '10 to 30 s'],
  [60, '30 to 60 s'],
  [120, '1 to 2 min'],
  [300, '2 to 5 min'],
  [600, '5 to 10 min'],
  [1800, '10 to 30 min'],
  [Number.POSITIVE_INFINITY, '30 min or more'],
];

export interface Bin {
  readonly label: string;
  readonly count: number;
}

/** How many runs took how long, from the first bin that has one to the last. */
export function binsOf(vms: readonly Vm[]): Bin[] {
  const times = vms.flatMap(({ report, milliseconds = report?.milliseconds }) =>
    milliseconds === undefined ? [] : [milliseconds / 1000],
  );
  const bins = ends.map(([end, label], index) => {
    const [begin = 0] = ends[index - 1] ?? [];
    return { label, count: times.filter((time) => time < end && (index === 0 || time >= begin)).length };
  });
  const first = bins.findIndex(({ count }) => count > 0);
  return first < 0 ? [] : bins.slice(first, bins.findLastIndex(({ count }) => count > 0) + 1);
}

const left = 130;
const width = 760;
const rowHeight = 30;

/** A picture and a table of them; nothing where there is no run. */
export function histogramFigure(vms: readonly Vm[]): Html {
  const bins = binsOf(vms);
  if (bins.length === 0) return nothing;
  const most = Math.max(...bins.map(({ count }) => count));
  const rows = bins.map(({ label, count }, index) => {
    const top = index * rowHeight + 2;
    const length = (count / most) * width;
    return html`<text class="label" x="0" y="${top + 18}">${label}</text>
<rect class="is-median" x="${left}" y="${top + 5}" width="${length.toFixed(1)}" height="18" rx="2"/>
<text class="value" x="${(left + length + 8).toFixed(1)}" y="${top + 18}">${count}</text>\n`;
  });
  const cells = bins.map(({ label, count }) => [label, String(count)]);
  return html`<h3>How long the VMs took</h3>
<div class="scroll" role="region" tabindex="0" aria-label="Picture of the durations"><svg class="chart" viewBox="0 0 1000 ${bins.length * rowHeight + 4}" role="img" aria-label="How many VMs took how long; the table below has the numbers">
${rows}</svg></div>
<details><summary>The durations as a table</summary>
${table('Durations', ['Took', 'VMs'], cells, 'numbers')}
</details>\n`;
}
