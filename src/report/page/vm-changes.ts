import type { RecordOutcome } from '../../events.js';
import type { RunReport } from '../../run-report.js';
import { diffHtml } from './diff-html.js';
import { type Html, html, nothing } from './html.js';
import { some } from './tables.js';

type Steps = RunReport['steps'];

const mostSteps = 200;

/**
 * Every change with its reasons and diff, the record's first. `limit` is how many characters of diffs the VM may have;
 * `whole` names the file that has them all.
 */
export function changesHtml(report: RunReport, limit: number, whole: string): Html {
  let left = limit;
  const shownDiff = (diff: string): Html => {
    const shown = diffHtml(diff, left, whole);
    left -= shown.length;
    return shown.html;
  };
  const stepHtml = ({ path, change, reasons, diff }: Steps[number]): Html => html`<div class="change">
<h5><code>${path}</code> <span class="note">${change}</span></h5>
${some(reasons, 20, (reason) => html`<p>${reason}</p>\n`)}
${diff === '' ? nothing : shownDiff(diff)}
</div>\n`;
  const { record, steps, packages = [] } = report;
  const recordDiff = record !== undefined && 'diff' in record ? record.diff : '';
  const recordPart =
    recordDiff === '' ? nothing : html`<h4>The record’s change</h4>\n${shownDiff(recordDiff)}\n`;
  const stepsPart =
    steps.length === 0 ? nothing : html`<h4>Changes in the guest</h4>\n${some(steps, mostSteps, stepHtml)}`;
  const packagesPart =
    packages.length === 0
      ? nothing
      : html`<h4>Packages installed</h4>\n<ul>${some(packages, 200, (name) => html`<li><code>${name}</code></li>\n`)}</ul>\n`;
  return html`${recordPart}${packagesPart}${stepsPart}`;
}

/** What became of the record, in two or three words. */
export function recordWords(record: RecordOutcome | undefined): string {
  return record === undefined ? '–' : words[record.kind];
}

const words: Readonly<Record<RecordOutcome['kind'], string>> = {
  flipped: 'says PV now',
  'already-pv': 'said PV already',
  'would-flip': 'would say PV',
  restored: 'restored',
  written: 'written',
  removed: 'removed',
  none: 'none',
};

/** The same with its place, or the reason why there is none. */
export function recordSentence(record: RecordOutcome | undefined): Html | undefined {
  if (record === undefined) return undefined;
  if (record.kind === 'none') return html`none: ${record.reason}`;
  if ('path' in record) return html`${words[record.kind]}: <code>${record.path}</code>`;
  return html`${words[record.kind]}: ${record.record}`;
}
