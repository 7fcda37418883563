/** The page: reports in, one HTML text out, which needs nothing but a browser. */
import { counted, time } from './format.js';
import { headline, titleOf } from './headline.js';
import { histogramFigure } from './histogram.js';
import { Html, html, nothing } from './html.js';
import { needsPersonSection } from './needs-person.js';
import type { PageData, PlacedVm, Unreadable } from './page-data.js';
import { reasonsSection } from './reasons.js';
import { stagesFigure } from './stage-times.js';
import { placed } from './standings.js';
import { styleSheet } from './style-sheet.js';
import { some } from './tables.js';
import { mostTimelineRows, timelineFigure } from './timeline.js';
import { vmsSection } from './vm-list.js';

/** Stands at the begin of every page: a file without it is somebody else's. */
export const pageMarker = '<meta name="generator" content="convert-image report">';

/** Nothing is loaded, nothing runs; what a guest could smuggle in would find no way out. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole document. */
export function pageText(data: PageData): string {
  const vms = placed(data.vms);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${new Html(pageMarker)}
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${titleOf(vms)} · convert-image</title>
<style>${new Html(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the totals</a>
<div class="page">
${headline(data, vms)}${needsPersonSection(vms)}${reasonsSection(vms)}${unreadableSection(data.unreadable)}${timesSection(data, vms)}${vmsSection(vms)}</main>
<footer><p>Made ${time(data.made)} by convert-image ${data.program}. Times are UTC. It holds parts of the guests’ files: show it to those only who may see them.</p></footer>
</div>
</body>
</html>
`.text;
}

function unreadableSection(files: readonly Unreadable[]): Html {
  if (files.length === 0) return nothing;
  return html`<section aria-labelledby="unreadable">
<h2 id="unreadable">${counted(files.length, 'report')} can’t be read</h2>
<p>What ${files.length === 1 ? 'it says' : 'they say'} is missing from this page.</p>
<ul class="plain">${some(files, 500, ({ path, reason }) => html`<li><code>${path}</code>: ${reason}</li>\n`)}</ul>
</section>\n`;
}

function timesSection({ batch }: PageData, vms: readonly PlacedVm[]): Html {
  const stages = stagesFigure(vms);
  const isTimeline = batch !== undefined && vms.length <= mostTimelineRows;
  const runs = isTimeline ? timelineFigure(vms, batch) : histogramFigure(vms);
  if (stages === nothing && runs === nothing) return nothing;
  return html`<section aria-labelledby="times">
<h2 id="times">Where the time went</h2>
${stages}${runs}</section>\n`;
}
