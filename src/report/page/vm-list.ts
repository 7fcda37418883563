import { counted, duration, size, time } from './format.js';
import { type Html, html, nothing } from './html.js';
import type { PlacedVm, Standing } from './page-data.js';
import { problemsOf, remedyHtml } from './reasons.js';
import { badge, countOf, looks, nameOf, standings } from './standings.js';
import { facts, some } from './tables.js';
import { changesHtml, recordSentence, recordWords } from './vm-changes.js';
import { guestHtml, runHtml, valuesHtml } from './vm-run.js';

/** All diffs of a page together: it shall open at once. */
const charactersOfPage = 12_000_000;

/** One VM's share of them, so that a few may have all of theirs. */
const mostOfVm = 256_000;
const leastOfVm = 4000;

/** The section with a row for each VM, which opens. */
export function vmsSection(vms: readonly PlacedVm[]): Html {
  const limit = Math.max(
    Math.min(Math.floor(charactersOfPage / Math.max(vms.length, 1)), mostOfVm),
    leastOfVm,
  );
  return html`<section aria-labelledby="vms">
<h2 id="vms">${vms.length === 1 ? 'The VM' : 'Every VM'}</h2>
${vms.length > 1 ? filterHtml(vms) : nothing}
<div class="heads" aria-hidden="true"><span>Disk</span><span>Outcome</span><span>Release</span><span>Took</span><span>Record</span><span>Undo archive</span></div>
${vms.map((vm) => vmHtml(vm, limit))}</section>\n`;
}

/** Radio buttons that the style sheet looks at: no script is needed. */
function filterHtml(vms: readonly PlacedVm[]): Html {
  const found = standings.filter((standing) => countOf(vms, standing) > 0);
  const choices = found.map((standing) => choice(standing, looks[standing].word, countOf(vms, standing)));
  return html`<fieldset class="filter"><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked> all <span class="count">${vms.length}</span></label>
${choices}</fieldset>\n`;
}

const choice = (standing: Standing, word: string, count: number): Html =>
  html`<label><input type="radio" name="show" id="show-${standing}"> ${word} <span class="count">${count}</span></label>\n`;

function vmHtml(vm: PlacedVm, limit: number): Html {
  const { id, standing, report, milliseconds = report?.milliseconds } = vm;
  const archive = report?.undoArchive;
  const cells: [string, string][] = [
    ['Release', releaseWords(report)],
    ['Took', milliseconds === undefined ? '–' : duration(milliseconds)],
    ['Record', recordWords(report?.record)],
    ['Undo archive', archive === undefined ? '–' : size(archive.bytes)],
  ];
  return html`<details class="vm is-${standing}" id="${id}"><summary><h3>${nameOf(vm)}</h3> ${badge(standing)}${cells.map(
    ([name, value]) => html` <span class="cell"><span class="name">${name} </span>${value}</span>`,
  )}</summary>
<div class="inside">
${problemsHtml(vm)}${summaryHtml(vm)}
${report === undefined ? nothing : html`${changesHtml(report, limit, vm.reportPath ?? 'its report')}${valuesHtml(report)}${guestHtml(report)}${runHtml(report)}`}
</div></details>\n`;
}

function releaseWords(report: PlacedVm['report']): string {
  if (report?.facts === undefined) return '–';
  const { id, version, codename } = report.facts.release;
  return `${id.charAt(0).toUpperCase()}${id.slice(1)} ${version} ${codename}`;
}

function problemsHtml(vm: PlacedVm): Html {
  const problems = problemsOf(vm);
  if (problems.length === 0) return nothing;
  const shown = some(
    problems,
    50,
    ({ code, message, remedy }) => html`<p>${message} <code>${code}</code></p>\n${remedyHtml(remedy)}\n`,
  );
  return html`<h4>${counted(problems.length, 'problem')}</h4>\n${shown}`;
}

function summaryHtml({
  report,
  reportPath,
  log = report?.log,
  exitCode = report?.outcome.exitCode,
  disk,
}: PlacedVm): Html {
  const archive = report?.undoArchive;
  const undo =
    archive === undefined
      ? undefined
      : html`${size(archive.bytes)} in <code>${archive.path}</code>; <code class="command">convert-image undo ${disk}</code> gives back the original`;
  const when =
    report === undefined
      ? undefined
      : html`${time(report.started)} to ${time(report.ended)}, on ${report.host} by version ${report.program}`;
  return html`<h4>The run</h4>
${facts([
  ['When', when],
  ['State', report?.outcome.state],
  ['Exit code', exitCode],
  ['Record', recordSentence(report?.record)],
  ['Undo archive', undo],
  ['Log', log === undefined ? undefined : html`<code>${log}</code>`],
  ['Report', reportPath === undefined ? undefined : html`<code>${reportPath}</code>`],
])}`;
}
