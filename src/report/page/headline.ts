import type { StopReason } from '../../batch/batch-events.js';
import { counted, duration, time } from './format.js';
import { type Html, html, nothing } from './html.js';
import type { BatchEnd, PageData, PlacedVm } from './page-data.js';
import { countOf, looks, standings, usualStandings } from './standings.js';
import { facts } from './tables.js';

/** The sentence that says how it went. */
export function titleOf(vms: readonly PlacedVm[]): string {
  const good = countOf(vms, 'converted') + countOf(vms, 'already-pv');
  const urgent = countOf(vms, 'inconsistent');
  const verb = vms.length === 1 ? 'is' : 'are';
  const needs = urgent === 0 ? '' : `, ${urgent} ${urgent === 1 ? 'needs' : 'need'} a person`;
  return `${good} of ${counted(vms.length, 'VM')} ${verb} ready for PV${needs}`;
}

/** What, where, when, and how many of each. */
export function headline(data: PageData, vms: readonly PlacedVm[]): Html {
  return html`<header>
<p class="brand">convert-image · ${kindOf(data)}</p>
<h1>${titleOf(vms)}</h1>
${warnings(data)}${contextHtml(data, vms)}
</header>
<main id="main">
<section aria-labelledby="totals">
<h2 id="totals" class="quiet">Totals</h2>
<ul class="totals">${totals(vms)}</ul>
</section>\n`;
}

function kindOf({ batch, fleet }: PageData): string {
  if (batch !== undefined) return 'batch';
  return fleet === undefined ? 'newest run of each disk' : 'fleet';
}

function totals(vms: readonly PlacedVm[]): Html[] {
  const shown = standings.filter((standing) => usualStandings.has(standing) || countOf(vms, standing) > 0);
  return shown.map((standing) => {
    const count = countOf(vms, standing);
    const { title, symbol } = looks[standing];
    const word = count === 1 && standing === 'inconsistent' ? 'needs a person' : title;
    return html`<li class="${count === 0 ? 'none' : `is-${standing}`}"><b>${count}</b> <span><span aria-hidden="true">${symbol}</span> ${word}</span></li>\n`;
  });
}

const stops: Readonly<Record<StopReason, string>> = {
  canary: 'It stopped, since not all of the canaries were converted.',
  failures: 'It stopped, since too many had failed.',
  signal: 'It was stopped by a signal.',
};

const ends: Readonly<Record<BatchEnd, string>> = {
  ended: '',
  killed: 'This batch was killed before its end: its summary says no end, and its process is gone.',
  open: 'This batch’s summary says no end: it still runs, or it was killed.',
};

function warnings({ batch }: PageData): Html {
  if (batch === undefined) return nothing;
  const { end, report } = batch;
  const open =
    end === 'ended'
      ? []
      : [`${ends[end]} VMs that it had not counted are shown by the report that their run left.`];
  const said = [...open, ...(report.stopped === undefined ? [] : [stops[report.stopped]])];
  return said.length === 0 ? nothing : html`${said.map((text) => html`<p class="warning">${text}</p>\n`)}`;
}

/** Of single runs: every host and version that there is. */
function contextHtml({ batch, fleet, stateDirectory }: PageData, vms: readonly PlacedVm[]): Html {
  if (batch !== undefined) return batchContext(batch, vms);
  const reports = vms.flatMap(({ report }) => report ?? []);
  const all = (values: readonly string[]) => [...new Set(values)].sort().join(', ') || undefined;
  const begins = reports.map(({ started }) => started).sort();
  const lasts = reports.map(({ ended }) => ended).sort();
  return facts([
    [
      'Host',
      all(vms.some(({ host }) => host) ? vms.map(({ host = '' }) => host) : reports.map(({ host }) => host)),
    ],
    ['First run', begins[0] === undefined ? undefined : time(begins[0])],
    ['Last end', lasts.at(-1) === undefined ? undefined : time(lasts.at(-1) ?? '')],
    ['Version', all(reports.map(({ program }) => program))],
    fleet === undefined
      ? ['Reports of', html`<code>${stateDirectory}</code>`]
      : ['Queue', html`<code>${fleet}</code>`],
  ]);
}

function batchContext({ path, report }: NonNullable<PageData['batch']>, vms: readonly PlacedVm[]): Html {
  const { started, ended, host, program, lists, rules, options, exitCode } = report;
  const tookMs = ended === undefined ? Number.NaN : Date.parse(ended) - Date.parse(started);
  const words = Object.entries(options).map(([name, value]) => `--${name} ${[value].flat().join(',')}`);
  const chosen = rules.where.map((where) => `--where ${where}`);
  const limits = [
    `--jobs ${rules.jobs}`,
    ...(rules.canary > 0 ? [`--canary ${rules.canary}`] : []),
    ...(rules.stopAfterFailures === undefined ? [] : [`--stop-after-failures ${rules.stopAfterFailures}`]),
  ];
  return facts([
    ['Host', host],
    ['Began', time(started)],
    ['Took', Number.isFinite(tookMs) ? `${duration(tookMs)} for ${counted(vms.length, 'VM')}` : undefined],
    ['Version', program],
    ['Exit code', exitCode],
    ['Given', html`<code>${[...lists, ...limits, ...chosen, ...words].join(' ')}</code>`],
    ['Summary', html`<code>${path}</code>`],
  ]);
}
