/** The whole plan, on golden guests with one file or several that are something else. */
import type { Facts, GuestNode } from '../../../src/model.js';
import { plan } from '../../../src/plan/plan.js';
import { stepDiff } from '../../../src/plan/plan-diff.js';
import { rules } from '../../../src/plan/rules/list.js';
import { builtInSites, makeRequest } from '../../../src/request.js';
import { applied, goldenNames, readGolden, repaired } from '../../unit/golden-guest.js';
import { BrokenRule, type FuzzTarget } from '../target.js';

/** A line that says which guest and which file, and the file's new content. */
const separator = '\n';

interface Case {
  readonly guest: string;
  readonly path: string;
}

const names = goldenNames();
const cache = new Map<string, ReturnType<typeof readGolden>>();

function golden(name: string): ReturnType<typeof readGolden> {
  const known = cache.get(name) ?? readGolden(name);
  cache.set(name, known);
  return known;
}

/** Every file of some guests: an input begins with `GUEST PATH` and a line end; the rest is the file's content. */
function seeds(): Buffer[] {
  return names.flatMap((guest) =>
    [...golden(guest).facts.tree].flatMap(([path, node]) =>
      node.kind === 'file' ? [Buffer.from(`${guest} ${path}${separator}${node.text}`, 'latin1')] : [],
    ),
  );
}

function caseOf(head: string): Case {
  const [name = '', path = ''] = head.split(' ');
  const guest = names.includes(name) ? name : (names[head.length % names.length] ?? '');
  const paths = [...golden(guest).facts.tree.keys()];
  return { guest, path: paths.includes(path) ? path : (paths[head.length % paths.length] ?? '/etc/fstab') };
}

/** A link, a directory or a device in the file's place, now and then. */
function nodeFor(text: string): GuestNode {
  const kind = text.length % 37;
  if (kind === 0) return { kind: 'symlink', target: text.slice(0, 200) };
  if (kind === 1) return { kind: 'directory' };
  if (kind === 2) return { kind: 'special' };
  if (kind === 3) return { kind: 'unread', bytes: 5_000_000 };
  return { kind: 'file', text, mode: 0o644 };
}

function guestOf(input: string): { facts: Facts; guest: string } {
  const end = input.indexOf(separator);
  const head = input.slice(0, Math.max(0, Math.min(end, 300)));
  const { guest, path } = caseOf(head);
  const { facts } = golden(guest);
  return { guest, facts: { ...facts, tree: new Map(facts.tree).set(path, nodeFor(input.slice(end + 1))) } };
}

/** Plans, shows it, applies it and plans again: then there must be nothing left to do. */
function check(input: Buffer): void {
  const { facts, guest } = guestOf(input.toString('latin1'));
  const request = makeRequest(golden(guest).flags, builtInSites);
  const planning = plan(facts, request, rules);
  if (planning.kind !== 'plan') return;
  const { steps } = planning.plan;
  for (const step of steps) if (step.kind === 'file') stepDiff(step);
  const kernels = facts.kernels.map((kernel) => repaired(kernel, steps));
  const again = plan({ ...facts, tree: applied(facts.tree, steps), kernels }, request, rules);
  if (again.kind !== 'already-pv')
    throw new BrokenRule(`after the plan there is more: ${JSON.stringify(again).slice(0, 600)}`);
}

const planTarget: FuzzTarget = {
  name: 'the whole plan',
  seeds,
  keywords: [
    'eth0',
    '/dev/sda1',
    'console=ttyS0',
    'iface eth0 inet dhcp\n',
    'network:\n',
    'menuentry ',
    '}\n',
    '{\n',
    'UUID=',
    '[Match]\n',
  ],
  check,
};

export const planTargets = [planTarget];
