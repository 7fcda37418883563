import type { Problem } from '../../model.js';
import { counted, withCommands } from './format.js';
import { type Html, html, nothing } from './html.js';
import type { PlacedVm, Standing } from './page-data.js';
import { badge, nameOf } from './standings.js';
import { some } from './tables.js';

/** Why VMs stand as they do, with those for which it holds. */
export interface Reason extends Problem {
  readonly vms: readonly PlacedVm[];
}

const groupedStandings: ReadonlySet<Standing> = new Set<Standing>([
  'failed',
  'refused',
  'interrupted',
  'unknown',
]);

/** A VM's problems; of one whose report is not there, what the summary has of them. */
export function problemsOf({ disk, standing, codes, problems, report }: PlacedVm): readonly Problem[] {
  if (report !== undefined) return report.outcome.problems;
  if (problems !== undefined) return problems;
  const remedy = `"convert-image status ${disk}" says what is so; run the conversion again to finish it`;
  const message = 'its run left no report that could be read';
  if (standing === 'unknown') return [{ code: 'no-report', message, remedy }];
  return codes.map((code) => ({ code, message, remedy }));
}

/**
 * What was refused, failed or was interrupted, by reason. Messages that differ in the disk's name only are one reason; what
 * holds for most comes first.
 */
export function reasonsOf(vms: readonly PlacedVm[]): Reason[] {
  const groups = new Map<string, { problem: Problem; vms: PlacedVm[] }>();
  for (const vm of vms.filter(({ standing }) => groupedStandings.has(standing))) {
    for (const problem of problemsOf(vm)) {
      const key = JSON.stringify(general(problem, vm.disk));
      const group = groups.get(key) ?? { problem, vms: [] };
      group.vms.push(vm);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .map(({ problem, vms: held }) => {
      const [first] = held;
      const shown = held.length > 1 && first !== undefined ? general(problem, first.disk) : problem;
      return { ...shown, vms: held };
    })
    .sort((one, other) => other.vms.length - one.vms.length);
}

function general({ code, message, remedy }: Problem, disk: string): Problem {
  const without = (text: string) => (disk === '' ? text : text.replaceAll(disk, 'DISK'));
  return { code, message: without(message), remedy: without(remedy) };
}

/** The section of them; nothing where everything went well. */
export function reasonsSection(vms: readonly PlacedVm[]): Html {
  const reasons = reasonsOf(vms);
  if (reasons.length === 0) return nothing;
  return html`<section aria-labelledby="reasons">
<h2 id="reasons">Why some were not converted</h2>
<div class="cards">${some(reasons, 200, reasonHtml)}</div>
</section>\n`;
}

function reasonHtml({ code, message, remedy, vms }: Reason): Html {
  return html`<article class="card">
<h3>${code} <span class="count">${counted(vms.length, 'disk')}</span></h3>
<p>${withCommands(message)}</p>
${remedyHtml(remedy)}
<details><summary>${vms.length === 1 ? 'The disk' : `The ${vms.length} disks`}</summary>
<ul>${some(vms, 1000, (vm) => html`<li><a href="#${vm.id}">${nameOf(vm)}</a> ${badge(vm.standing)}</li>\n`)}</ul>
</details>
</article>\n`;
}

/** What to do, where something can be done. */
export const remedyHtml = (remedy: string): Html =>
  remedy === '' ? nothing : html`<p class="remedy"><strong>What to do:</strong> ${withCommands(remedy)}</p>`;
