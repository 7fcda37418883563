import { duration, time } from './format.js';
import { type Html, html, nothing } from './html.js';
import type { PageBatch, PlacedVm } from './page-data.js';
import { looks } from './standings.js';
import { table } from './tables.js';

/** More rows than that are no picture any more. */
export const mostTimelineRows = 60;

interface Span {
  readonly vm: PlacedVm;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** When each VM's run began and ended, in milliseconds from the batch's begin, in that order. */
export function spansOf(vms: readonly PlacedVm[], { report }: Pick<PageBatch, 'report'>): Span[] {
  const zero = Date.parse(report.started);
  const spans = vms.flatMap((vm) => {
    const fromMs = Date.parse(vm.report?.started ?? '') - zero;
    const untilMs = fromMs + (vm.report?.milliseconds ?? 0);
    return Number.isFinite(fromMs) && fromMs >= 0 ? [{ vm, fromMs, untilMs }] : [];
  });
  return spans.sort((one, other) => one.fromMs - other.fromMs);
}

const left = 220;
const width = 640;
const rowHeight = 22;
const axisHeight = 26;

/** A row for each VM, from when its run began to when it ended; nothing where none has a report. */
export function timelineFigure(vms: readonly PlacedVm[], batch: PageBatch): Html {
  const spans = spansOf(vms, batch);
  if (spans.length === 0) return nothing;
  const endMs = Math.max(...spans.map(({ untilMs }) => untilMs), 1);
  const perMs = width / endMs;
  const height = axisHeight + spans.length * rowHeight + 4;
  const rows = spans.map((span, index) => row(span, axisHeight + index * rowHeight, perMs));
  const cells = spans.map(({ vm, fromMs, untilMs }) => [
    html`<a href="#${vm.id}">${vm.disk}</a>`,
    looks[vm.standing].word,
    time(vm.report?.started ?? ''),
    duration(fromMs),
    duration(untilMs - fromMs),
  ]);
  return html`<h3>When each ran</h3>
<div class="scroll" role="region" tabindex="0" aria-label="Picture of the runs"><svg class="chart" viewBox="0 0 1000 ${height}" role="img" aria-label="When each VM's run began and ended; the table below has the numbers">
${axis(endMs, height, perMs)}${rows}</svg></div>
<details><summary>The runs as a table</summary>
${table('Runs, by their begin', ['Disk', 'Outcome', 'Began', 'After', 'Took'], cells, 'numbers')}
</details>\n`;
}

function row({ vm, fromMs, untilMs }: Span, top: number, perMs: number): Html {
  const from = left + fromMs * perMs;
  const barWidth = Math.max((untilMs - fromMs) * perMs, 3);
  const { symbol } = looks[vm.standing];
  return html`<text class="label" x="${left - 10}" y="${top + 15}" text-anchor="end">${shortName(vm.disk)}</text>
<rect class="bar is-${vm.standing}" x="${from.toFixed(1)}" y="${top + 4}" width="${barWidth.toFixed(1)}" height="14" rx="2"/>
<text class="value" x="${(from + barWidth + 6).toFixed(1)}" y="${top + 15}">${symbol} ${duration(untilMs - fromMs)}</text>\n`;
}

function axis(endMs: number, height: number, perMs: number): Html[] {
  const step = tickStep(endMs);
  const ticks = Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step);
  return ticks.map((at) => {
    const x = (left + at * perMs).toFixed(1);
    return html`<line class="grid" x1="${x}" y1="${axisHeight - 6}" x2="${x}" y2="${height}"/><text class="tick" x="${x}" y="14" text-anchor="middle">${at === 0 ? '0' : tickLabel(at)}</text>\n`;
  });
}

const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** A round number of milliseconds of which there are six at most. */
function tickStep(endMs: number): number {
  const step = seconds.find((one) => endMs / (one * 1000) <= 6);
  return step === undefined ? endMs : step * 1000;
}

function tickLabel(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  if (whole % 3600 === 0) return `${whole / 3600} h`;
  return whole % 60 === 0 ? `${whole / 60} min` : `${whole} s`;
}

/** The end of a path, which tells disks apart. */
function shortName(disk: string): string {
  const name = disk.slice(disk.lastIndexOf('/') + 1);
  return name.length > 26 ? `${name.slice(0, 12)}…${name.slice(-13)}` : name;
}
