import { type Html, html } from './html.js';
import type { PlacedVm, Standing, Vm } from './page-data.js';

interface Look {
  /** Of one VM. */
  readonly word: string;
  /** Below a number. */
  readonly title: string;
  readonly symbol: string;
}

/** How each standing is called and marked, the ones that ask for somebody first. */
export const looks: Readonly<Record<Standing, Look>> = {
  inconsistent: { word: 'needs a person', title: 'need a person', symbol: '‼' },
  failed: { word: 'failed', title: 'failed', symbol: '✗' },
  refused: { word: 'refused', title: 'refused', symbol: '⊘' },
  interrupted: { word: 'interrupted', title: 'interrupted', symbol: '◧' },
  'not-begun': { word: 'not begun', title: 'not begun', symbol: '○' },
  running: { word: 'at work', title: 'at work', symbol: '▸' },
  unknown: { word: 'no report', title: 'without a report', symbol: '?' },
  planned: { word: 'planned', title: 'planned', symbol: '…' },
  converted: { word: 'converted', title: 'converted', symbol: '✓' },
  'already-pv': { word: 'already PV', title: 'already PV', symbol: '≡' },
};

/** All of them, in that order. */
export const standings = Object.keys(looks) as readonly Standing[];

/** Those that are counted on a page even where there is none of them. */
export const usualStandings: ReadonlySet<Standing> = new Set<Standing>([
  'inconsistent',
  'failed',
  'refused',
  'interrupted',
  'not-begun',
  'converted',
  'already-pv',
]);

/** How many VMs stand so. */
export const countOf = (vms: readonly Vm[], standing: Standing): number =>
  vms.filter((vm) => vm.standing === standing).length;

/** In the order of the page: by standing, then as they came. Each gets the name of its place. */
export function placed(vms: readonly Vm[]): PlacedVm[] {
  const order = (vm: Vm) => standings.indexOf(vm.standing);
  const sorted = [...vms].sort((one, other) => order(one) - order(other));
  return sorted.map((vm, index) => ({ ...vm, id: `vm-${index + 1}` }));
}

/** What a VM is called: by its disk, of a fleet with the host. */
export const nameOf = ({ host, disk }: Vm): string => (host === undefined ? disk : `${host}:${disk}`);

/** Symbol and word; the colour says nothing that they don't. */
export function badge(standing: Standing): Html {
  const { word, symbol } = looks[standing];
  return html`<span class="badge is-${standing}"><span aria-hidden="true">${symbol}</span> ${word}</span>`;
}
