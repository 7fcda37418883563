import { VerificationError } from '../errors.js';
import type { GuestAccess } from '../guest-access/guest-access.js';
import { sameNode } from '../guest-files/guest-tree.js';
import type { Facts, FileStep, GuestNode, GuestTree, Plan, Request } from '../model.js';
import { plan as makePlan } from '../plan/plan.js';
import { rules } from '../plan/rules/list.js';
import { inspect } from './inspect.js';
import type { Desk } from './inspect-kernels.js';

const absent = { kind: 'absent' } as const;

/**
 * Looks at the result afresh and read-only, and throws a `VerificationError` unless all of it holds: the file systems
 * are sound, the changed files are exactly the plan's, and planning once more wants nothing.
 */
export async function verify(
  access: GuestAccess,
  facts: Facts,
  plan: Plan,
  request: Request,
  desk: Desk,
): Promise<void> {
  const damage = await access.check(facts.mounts.map(({ device }) => device));
  if (damage.length > 0)
    throw new VerificationError(`the file systems are not sound afterwards: ${damage.join('; ')}`);
  const again = await inspect(access, desk);
  if (again.kind === 'refusal') {
    const reasons = again.problems.map(({ message }) => message).join('; ');
    throw new VerificationError(`the result can't be inspected: ${reasons}`);
  }
  const surprises = unplannedChanges(facts.tree, again.facts.tree, plan);
  if (surprises.length > 0)
    throw new VerificationError(`these files are not as planned: ${surprises.join(', ')}`);
  const rest = makePlan(again.facts, request, rules);
  if (rest.kind !== 'already-pv')
    throw new VerificationError(`the result needs further changes: ${describeRest(rest)}`);
}

/** Files whose state afterwards is neither what it was nor what the plan wants. */
function unplannedChanges(before: GuestTree, after: GuestTree, plan: Plan): string[] {
  const expected = new Map<string, GuestNode | typeof absent>(before);
  for (const step of plan.steps) {
    if (step.kind !== 'file') continue;
    const others = step.after.kind === 'file' && step.before.kind === 'file' ? (step.before.links ?? []) : [];
    for (const path of [step.path, ...others]) expected.set(path, expectedNode(step.before, step.after));
  }
  const paths = new Set([...expected.keys(), ...after.keys()]);
  // Of these the content is looked at, by reading them again.
  for (const step of plan.steps) if (step.kind === 'initramfs') paths.delete(step.path);
  return [...paths].filter((path) => {
    const wanted = expected.get(path) ?? absent;
    const found = after.get(path) ?? absent;
    if (wanted.kind === 'directory' || found.kind === 'directory') return false;
    return !sameNode(withoutLinks(wanted), withoutLinks(found));
  });
}

/** A name that goes is one link less of the others. */
function withoutLinks(node: GuestNode | typeof absent): object {
  if (node.kind !== 'file') return node;
  const { links: _, ...rest } = node;
  return rest;
}

function expectedNode(before: FileStep['before'], after: FileStep['after']) {
  if (after.kind !== 'file') return after;
  const mode = after.mode ?? (before.kind === 'file' ? before.mode : 0o644);
  return { kind: 'file', text: after.text, mode } as const;
}

function describeRest(rest: ReturnType<typeof makePlan>): string {
  if (rest.kind === 'refusal') return rest.problems.map(({ message }) => message).join('; ');
  if (rest.kind === 'installation') return rest.packages.reasons.join('; ');
  return rest.plan.steps.map(({ path, reasons }) => `${path} (${reasons.join(', ')})`).join('; ');
}
