import type { Edit, Facts, GuestNode, NetworkRequest, Problem, Rule, RuleResult } from '../../model.js';
import { matchesGlob } from '../../network/glob.js';
import { networkPlanners } from '../network/list.js';
import { planWithoutNetwork } from '../network/none.js';
import { idleSystemNotices } from '../network/notices.js';
import type { NetworkPlanner } from '../network/planner.js';
import { networkRefusals } from '../network-refusals.js';

/** The network works under PV: the interface has the name it will get there, and a static address where asked for. */
export const networkRule: Rule = {
  name: 'network',
  apply: (facts, request) => planNetwork(networkPlanners, facts, request.network),
};

/** The same with these planners, in the order in which they get hold of a card. */
function planNetwork(planners: readonly NetworkPlanner[], facts: Facts, request: NetworkRequest): RuleResult {
  const inCharge = planners.filter((planner) => planner.claims(facts).length > 0);
  const [first] = inCharge;
  if (first === undefined) return planWithoutNetwork(facts, request);
  const result = inCharge.length === 1 ? first.plan(facts, request) : planTogether(inCharge, facts, request);
  const names = inCharge.map(({ name }) => name);
  return { ...result, notices: [...result.notices, ...idleSystemNotices(facts.tree, names)] };
}

/** One of them has the interface that the request is about; of the others, only the names of their cards change. */
function planTogether(
  inCharge: readonly NetworkPlanner[],
  facts: Facts,
  request: NetworkRequest,
): RuleResult {
  const namesOnly: NetworkRequest = { policy: 'keep-dhcp', dns: [] };
  const served = request.policy === 'static' ? inCharge.filter((each) => asksServer(each, facts)) : [];
  const names = served.flatMap((planner) => planner.claims(facts));
  if (served.length > 1 && request.interface === undefined) {
    return problemOnly(networkRefusals['several-dhcp-interfaces'](names));
  }
  const chosen = chosenAmong(inCharge, served, facts, request);
  const results = inCharge.map((planner) => planner.plan(facts, planner === chosen ? request : namesOnly));
  const edits = results.flatMap((result) => result.edits);
  const problems = [
    ...results.flatMap((result) => result.problems),
    ...overlaps(inCharge, { ...facts, tree: treeAfter(facts, edits) }),
  ];
  if (problems.length > 0) return { edits: [], problems, notices: [] };
  return { edits, problems, notices: results.flatMap(({ notices }) => notices) };
}

const problemOnly = (problem: Problem): RuleResult => ({ edits: [], problems: [problem], notices: [] });

/** What can't do without an address has an interface that asks a DHCP server for one. */
const asksServer = (planner: NetworkPlanner, facts: Facts): boolean =>
  planner
    .plan(facts, { policy: 'static', dns: [] })
    .problems.some(({ code }) => code === 'no-static-address' || code === 'several-dhcp-interfaces');

function chosenAmong(
  inCharge: readonly NetworkPlanner[],
  served: readonly NetworkPlanner[],
  facts: Facts,
  request: NetworkRequest,
): NetworkPlanner | undefined {
  const wanted = request.interface;
  if (wanted !== undefined) {
    const named = inCharge.find((planner) => planner.claims(facts).includes(wanted));
    if (named !== undefined) return named;
  }
  const content = inCharge.filter((planner) => planner.plan(facts, request).problems.length === 0);
  return (wanted === undefined ? served[0] : undefined) ?? content[0] ?? inCharge[0];
}

/** Two systems that configure one interface undo each other's work; which one wins isn't written anywhere. */
function overlaps(inCharge: readonly NetworkPlanner[], facts: Facts): Problem[] {
  return inCharge.flatMap((planner, index) =>
    inCharge.slice(index + 1).flatMap((other) =>
      planner.claims(facts).flatMap((claim) => {
        const same = other.claims(facts).find((each) => matchesGlob(each, claim) || matchesGlob(claim, each));
        if (same === undefined) return [];
        const detail = `${planner.name} and ${other.name} both configure ${claim}`;
        return [networkRefusals['ambiguous-network'](detail)];
      }),
    ),
  );
}

function treeAfter({ tree }: Facts, edits: readonly Edit[]): Map<string, GuestNode> {
  const after = new Map(tree);
  for (const { path, node } of edits) {
    if (node.kind === 'absent') after.delete(path);
    else after.set(path, node.kind === 'file' ? { ...node, mode: node.mode ?? 0o644 } : node);
  }
  return after;
}
