import type { Edit, Facts, NetworkRequest, Notice, Problem, RuleResult } from '../../model.js';
import { readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import {
  type NetplanDefinition,
  type NetplanView,
  netplanViewOf,
  readNetplan,
} from '../../network/netplan.js';
import { cardSelector, currentName, definitionsNamed } from '../../network/netplan-cards.js';
import {
  type FileChanges,
  matchChanges,
  renamingChanges,
  staticChanges,
} from '../../network/netplan-changes.js';
import { editYaml } from '../../network/netplan-edit.js';
import { networkRefusals } from '../network-refusals.js';
import type { Focus } from './card-names.js';
import { planOwnServers } from './name-servers.js';
import { chooseDefinition, shadowedNotices, sharedCards } from './netplan-choice.js';
import { type NetplanNames, planNetplanNames } from './netplan-names.js';
import { gatewayForm } from './netplan-release.js';
import { mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';
import {
  gatewayNotices,
  noAddressFor,
  type RequestedAddress,
  requestedAddress,
} from './requested-address.js';

/** netplan, for whichever renderer: the file in /etc/netplan that defines an interface is the one that is edited. */
export const netplanPlanner: NetworkPlanner = {
  name: 'netplan',
  claims: (facts) => {
    if (!isInstalled(facts)) return [];
    const { definitions, unclear } = readNetplan(facts.tree);
    return [...new Set([...definitions.map(claimOf), ...unclear])];
  },
  plan: planNetplan,
};

/** Where dpkg's list was read it knows best; netplan has had three package names. */
const isInstalled = ({ packages }: Facts): boolean =>
  packages.size === 0 || ['netplan.io', 'netplan-generator', 'nplan'].some((name) => packages.has(name));

const claimOf = (definition: NetplanDefinition): string =>
  currentName(definition) ?? definition.match?.name ?? definition.id;

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

/** One wish for the files, with the reason in words for people. */
interface Wish {
  readonly files: readonly FileChanges[];
  readonly reason: string;
}

function planNetplan(facts: Facts, request: NetworkRequest): RuleResult {
  const { tree } = facts;
  const view = readNetplan(tree);
  if (view.unclear.length > 0) return { ...nothing, problems: [ambiguous(view.unclear.join('; '))] };
  const naming = readNaming(tree, bootedCommandLine(tree), facts.systemdVersion);
  const names = planNetplanNames(view, naming, focusOf(view, request));
  const choice = chooseDefinition(view, names, request);
  if (choice.kind === 'problem') {
    // Which interfaces there are isn't known before their names are.
    return { ...nothing, problems: names.problems.length > 0 ? names.problems : [choice.problem] };
  }
  if (choice.kind === 'settled') {
    return finished(facts, view, names, namingWishes(view, names), { ...nothing, notices: choice.notices });
  }
  // What it is on must be among the cards that are there.
  const focus = {
    name: currentName(choice.definition) ?? choice.definition.id,
    named: request.interface !== undefined,
  };
  const { problems } = planNetplanNames(view, naming, focus);
  if (problems.length > 0) return { ...nothing, problems };
  return planStatic(facts, view, names, choice.definition, request);
}

const ambiguous = (detail: string): Problem => networkRefusals['ambiguous-network'](detail);

/**
 * The interface by which is told what kind of card there is: the named one, else the one that has the address, else
 * the only one that uses DHCP.
 */
function focusOf(view: NetplanView, request: NetworkRequest): Focus {
  const named = request.interface !== undefined;
  const holders = view.definitions.filter(
    ({ dhcp4, addresses }) => !dhcp4 && addresses.some((each) => each.startsWith(`${request.address}/`)),
  );
  const served = view.definitions.filter(({ dhcp4 }) => dhcp4);
  const unnamed = holders.length > 0 ? holders : served;
  const found = named ? definitionsNamed(view, request.interface ?? '') : unnamed;
  const [definition, another] = found;
  const name = definition === undefined ? undefined : currentName(definition);
  return another !== undefined || name === undefined ? { named } : { name, named };
}

function planStatic(
  facts: Facts,
  view: NetplanView,
  names: NetplanNames,
  definition: NetplanDefinition,
  request: NetworkRequest,
): RuleResult {
  const requested = requestedAddress(request);
  const label = currentName(definition) ?? definition.id;
  if (requested === undefined) return { ...nothing, problems: [noAddressFor(label), ...names.problems] };
  const doubts = [...otherGateways(definition, requested), ...sharedCards(view, names, definition)];
  if (doubts.length > 0) return { ...nothing, problems: [...doubts.map(ambiguous), ...names.problems] };
  const servers = planOwnServers(facts.tree, definition.nameservers.length, request.dns);
  const configuration = { ...requested, dns: request.dns, gatewayForm: gatewayForm(facts) };
  const reason = `${label} gets the static address ${requested.address}; it used DHCP`;
  const wishes = [
    { files: staticChanges(view, definition, configuration), reason },
    ...oneCardOnly(view, names, definition),
    ...namingWishes(view, names, definition),
  ];
  const gateway = definition.gateways.length > 0 ? [] : gatewayNotices(request);
  return finished(facts, view, names, wishes, {
    edits: servers.edits,
    problems: [],
    notices: [...servers.notices, ...gateway, ...shadowedNotices(view, names, definition)],
  });
}

/** Two default routes are a question of metrics, which DHCP's and an own one's may have been chosen for. */
const otherGateways = ({ id, gateways }: NetplanDefinition, { gateway }: RequestedAddress): string[] => {
  const others = gateways.filter((each) => each !== gateway);
  return others.length === 0 || gateway === undefined
    ? []
    : [`${id} has a gateway of its own beside DHCP (${others.join(', ')}), which isn't ${gateway}`];
};

/** A pattern would give the address to every card that it takes. */
function oneCardOnly(view: NetplanView, { inUse }: NetplanNames, definition: NetplanDefinition): Wish[] {
  const [name] = inUse.get(definition) ?? [];
  if (cardSelector(definition)?.kind !== 'glob' || definition.match?.name === undefined || name === undefined)
    return [];
  const reason = `only ${name} may have that address`;
  return [{ files: matchChanges(view, definition, 'name', name), reason }];
}

/** What the cards' names under PV ask for; `narrowed`: a definition whose pattern becomes a name anyway. */
function namingWishes(view: NetplanView, names: NetplanNames, narrowed?: NetplanDefinition): Wish[] {
  const repairs = names.repairs.filter(({ definition, key }) => definition !== narrowed || key === 'driver');
  return [
    ...repairs.map(({ definition, key, to, reason }) => ({
      files: matchChanges(view, definition, key, to),
      reason,
    })),
    ...names.renamings.map(({ from, to, reason }) => ({
      files: renamingChanges(view, from, to),
      reason: `${from} is called ${to} under PV (${reason})`,
    })),
  ];
}

/** Turns the wishes into edits; refuses when a file can't be edited so that it says exactly what was meant. */
function finished(
  { tree, ...facts }: Facts,
  view: NetplanView,
  names: NetplanNames,
  wishes: readonly Wish[],
  found: RuleResult,
): RuleResult {
  const edits: Edit[] = [];
  const problems: Problem[] = [...names.problems];
  for (const { path, text } of view.files) {
    const own = wishes.filter(({ files }) =>
      files.some((each) => each.path === path && each.changes.length > 0),
    );
    const changes = own.flatMap(({ files }) =>
      files.filter((each) => each.path === path).flatMap((each) => each.changes),
    );
    const after = editYaml(text, changes);
    if (after === undefined) problems.push(ambiguous(`${path} is written in an unusual way`));
    else if (after !== text) {
      const reason = [...new Set(own.map((each) => each.reason))].join('; ');
      edits.push({ path, node: { kind: 'file', text: after }, reason });
    }
  }
  if (problems.length > 0 || found.problems.length > 0)
    return { ...nothing, problems: [...problems, ...found.problems] };
  const mentions = mentionNotices(tree, names.renamings);
  const naming = namingNotices({ tree, ...facts });
  return {
    edits: [...edits, ...found.edits],
    problems,
    notices: [...found.notices, ...names.notices, ...mentions, ...naming, ...regenerated(edits, view)],
  };
}

/** cloud-init writes its file anew for a new instance, unless its network part is turned off, as the static way does. */
function regenerated(edits: readonly Edit[], view: NetplanView): Notice[] {
  const written = new Map(edits.map(({ path, node }) => [path, node.kind === 'file' ? node.text : '']));
  const after = netplanViewOf(
    view.files.map(({ path, text }) => ({ path, text: written.get(path) ?? text })),
  );
  const mended = [...written.keys()].filter((path) => path.endsWith('/50-cloud-init.yaml'));
  if (mended.length === 0 || !after.definitions.some(({ dhcp4 }) => dhcp4)) return [];
  const message = `cloud-init may write ${mended.join(', ')} anew, with the former name, when it finds itself in a new instance`;
  return [{ code: 'cloud-init-rewrites', message }];
}
