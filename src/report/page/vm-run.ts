import type { RunReport } from '../../run-report.js';
import { duration } from './format.js';
import { type Html, html, nothing } from './html.js';
import { facts, some, table } from './tables.js';

const mostRows = 50;

/** The guest as it came. */
export function guestHtml(report: RunReport): Html {
  if (report.facts === undefined) return nothing;
  const { release, architecture, initSystem, access, kernels, fileSystems } = report.facts;
  const pairs: [string, string | undefined][] = [
    ['Release', release.name],
    ['Architecture', architecture],
    ['Init system', initSystem],
    ['Reached', access],
  ];
  const kernelRows = kernels
    .slice(0, mostRows)
    .map(({ version, pv, reason = '', compression = '–', initramfs = '–' }) => [
      version,
      pv ? 'yes' : `no: ${reason}`,
      compression,
      initramfs,
    ]);
  const fileSystemRows = fileSystems
    .slice(0, mostRows)
    .map(({ device, type, mountedAt = '–' }) => [device, type, mountedAt]);
  return html`<h4>The guest as it came</h4>
${facts(pairs)}
${kernels.length === 0 ? nothing : table('Kernels', ['Version', 'Boots as PV', 'Compression', 'Initramfs'], kernelRows)}
${moreOf(kernels.length)}${fileSystems.length === 0 ? nothing : table('File systems', ['Device', 'Type', 'Mounted at'], fileSystemRows)}
${moreOf(fileSystems.length)}`;
}

const moreOf = (count: number): Html =>
  count > mostRows ? html`<p class="note">${count - mostRows} more; the report has them all.</p>\n` : nothing;

/** Who said what about the guest's network. */
export function valuesHtml({ values = [] }: RunReport): Html {
  if (values.length === 0) return nothing;
  const rows = values.map(({ name, value, origin, where }) => [
    name,
    value,
    where === undefined ? origin : `${origin}: ${where}`,
  ]);
  return html`<h4>The network</h4>\n${table('Values', ['Name', 'Value', 'Said by'], rows)}\n`;
}

/** What was noticed, checked and waited for. */
export function runHtml({ notices, verification, bootTest, stages }: RunReport): Html {
  const checks = verification?.checks ?? [];
  const noticed = some(notices, 100, ({ code, message }) => html`<li>${message} <code>${code}</code></li>\n`);
  const checked = some(checks, 100, (check) => html`<li>passed: ${check}</li>\n`);
  const stageRows = stages
    .slice(0, mostRows)
    .map(({ stage, detail, milliseconds }) => [
      stage,
      milliseconds === undefined ? 'ended here' : duration(milliseconds),
      detail,
    ]);
  return html`${notices.length === 0 ? nothing : html`<h4>Notices</h4>\n<ul>${noticed}</ul>\n`}
${checks.length === 0 ? nothing : html`<h4>Verification</h4>\n<ul>${checked}</ul>\n`}
${bootTest === undefined ? nothing : bootTestHtml(bootTest)}
${stages.length === 0 ? nothing : html`<h4>Stages</h4>\n${table('Stages, as they began', ['Stage', 'Took', 'Detail'], stageRows)}`}
${moreOf(stages.length)}`;
}

function bootTestHtml({ seconds, login }: NonNullable<RunReport['bootTest']>): Html {
  const rows = Object.entries(seconds)
    .slice(0, mostRows)
    .map(([step, after]) => [step, `${after} s`]);
  return html`<h4>Boot test</h4>
<p>It came to <q>${login.trim()}</q>.</p>
${table('Boot test', ['Step', 'After'], rows)}\n`;
}
