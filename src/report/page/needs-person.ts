import { type Html, html, nothing } from './html.js';
import type { PlacedVm } from './page-data.js';
import { problemsOf, remedyHtml } from './reasons.js';
import { nameOf } from './standings.js';
import { some } from './tables.js';

/** The VMs that are half written or whose record isn't flipped, each with the command that mends it. */
export function needsPersonSection(vms: readonly PlacedVm[]): Html {
  const urgent = vms.filter(({ standing }) => standing === 'inconsistent');
  if (urgent.length === 0) return nothing;
  return html`<section aria-labelledby="person" class="urgent">
<h2 id="person"><span aria-hidden="true">‼</span> Needs a person now</h2>
<p>Don’t start these VMs before what is said here has been done.</p>
<div class="cards">${some(urgent, 500, urgentHtml)}</div>
</section>\n`;
}

function urgentHtml(vm: PlacedVm): Html {
  const problems = problemsOf(vm);
  const state = vm.report?.outcome.state;
  const said = problems.length > 0 ? problems : [{ message: 'it is not known why', remedy: statusOf(vm) }];
  return html`<article class="card">
<h3><a href="#${vm.id}">${nameOf(vm)}</a></h3>
${said.map(({ message, remedy }) => html`<p>${message}</p>\n${remedyHtml(remedy === '' ? statusOf(vm) : remedy)}`)}
${state === undefined ? nothing : html`<p class="note">State: ${state}</p>`}
</article>\n`;
}

const statusOf = ({ disk }: PlacedVm): string => `"convert-image status ${disk}" names what mends it`;
