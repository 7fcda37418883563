import type {
  Edit,
  Facts,
  GuestTree,
  NetworkRequest,
  Notice,
  Problem,
  Rule,
  RuleResult,
} from '../../model.js';
import { cardsAmong } from '../../network/cards.js';
import { makeStatic, renameInterface, type StaticConfiguration } from '../../network/ifupdown-edits.js';
import {
  asksServer,
  type IfupdownView,
  type InterfaceDefinition,
  indirections,
  interfaceNames,
  readIfupdown,
  viewOf,
} from '../../network/ifupdown-view.js';
import { type Naming, nameUnderPv, readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { netmaskOf } from '../../network/netmask.js';
import { otherNetworkSystems, worksUnderName } from '../../network/network-system.js';
import { type CardNames, planCardNames, type Renaming } from '../network/card-names.js';
import { chooseInterface } from '../network/choose-interface.js';
import { type NameServerPlan, planNameServers } from '../network/name-servers.js';
import { differenceNotices, mentionNotices, namingNotices, otherSystemNotices } from '../network/notices.js';
import { networkRefusals } from '../network-refusals.js';

/** The network works under PV: the interface has the name it will get there, and a static address where asked for. */
export const networkRule: Rule = {
  name: 'network',
  apply: (facts, request) => planNetwork(facts, request.network),
};

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

function planNetwork(facts: Facts, request: NetworkRequest): RuleResult {
  const { tree } = facts;
  const naming = readNaming(tree, bootedCommandLine(tree), facts.systemdVersion);
  const view = readIfupdown(tree);
  if (view.definitions.length === 0) return planWithoutIfupdown(tree, naming, request);
  const cards = cardsAmong(naming, interfaceNames(view));
  const choice = chooseInterface(view, cards, request);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  const focus = choice.definition === undefined ? {} : { name: choice.definition.name };
  const names = planCardNames(view, cards, { ...focus, named: request.interface !== undefined });
  if (choice.kind === 'settled') {
    const notices = [...differenceNotices(choice.definition, request), ...namingNotices(facts)];
    return withEdits(facts, view, names, undefined, { ...nothing, notices });
  }
  return planStatic(facts, view, names, choice.definition, request);
}

/** What becomes of the stanza that asks a DHCP server. */
interface StaticStanza {
  readonly definition: InterfaceDefinition;
  readonly configuration: StaticConfiguration;
}

function planStatic(
  facts: Facts,
  view: IfupdownView,
  names: CardNames,
  definition: InterfaceDefinition,
  request: NetworkRequest,
): RuleResult {
  const { address, prefix, gateway } = request;
  if (address === undefined || prefix === undefined) {
    const problem = networkRefusals['no-static-address'](definition.name);
    return { ...nothing, problems: [problem, ...names.problems] };
  }
  const servers: NameServerPlan = planNameServers(facts.tree, definition.stanza, request.dns);
  const netmask = netmaskOf(prefix);
  const configuration = {
    address,
    netmask,
    dns: servers.inStanza,
    ...(gateway === undefined ? {} : { gateway }),
  };
  const notices = [
    ...servers.notices,
    ...(gateway === undefined ? [noGateway] : []),
    ...namingNotices(facts),
  ];
  return withEdits(
    facts,
    view,
    names,
    { definition, configuration },
    { ...nothing, edits: servers.edits, notices },
  );
}

const noGateway: Notice = {
  code: 'no-gateway',
  message: 'no gateway was given: the guest will reach its own network only',
};

/** Adds the edits of ifupdown's files to what was found so far. */
function withEdits(
  facts: Facts,
  view: IfupdownView,
  names: CardNames,
  toStatic: StaticStanza | undefined,
  found: RuleResult,
): RuleResult {
  const { renamings } = names;
  const edits = view.files.flatMap(({ path, text }) => editFile(path, text, toStatic, renamings));
  const problems = [...names.problems, ...unclear(view, edits, renamings, toStatic?.definition.name)];
  if (problems.length > 0) return { ...nothing, problems };
  const notices = [
    ...found.notices,
    ...names.notices,
    ...mentionNotices(facts.tree, renamings),
    ...otherSystemNotices(facts.tree),
  ];
  return { edits: [...edits, ...found.edits], problems, notices };
}

function editFile(
  path: string,
  text: string,
  toStatic: StaticStanza | undefined,
  renamings: readonly Renaming[],
): Edit[] {
  const reasons: string[] = [];
  let after = text;
  if (toStatic?.definition.file === path) {
    const { definition, configuration } = toStatic;
    after = makeStatic(after, definition.name, configuration);
    reasons.push(`${definition.name} gets the static address ${configuration.address}; it used DHCP`);
  }
  for (const { from, to, reason } of renamings) {
    const renamed = renameInterface(after, from, to);
    if (renamed !== after) reasons.push(`${from} is called ${to} under PV (${reason})`);
    after = renamed;
  }
  return after === text ? [] : [{ path, node: { kind: 'file', text: after }, reason: reasons.join('; ') }];
}

/** What makes edits of these files uncertain: indirections, and what didn't come out as meant. */
function unclear(
  view: IfupdownView,
  edits: readonly Edit[],
  renamings: readonly Renaming[],
  target: string | undefined,
): Problem[] {
  if (edits.length === 0 && renamings.length === 0) return [];
  const names = renamings.flatMap(({ from, to }) => [from, to]);
  const after = viewOf(view.files.map(({ path, text }) => ({ path, text: editedText(edits, path) ?? text })));
  const remaining = new Set(interfaceNames(after));
  const served = (each: IfupdownView) => each.definitions.filter(asksServer).length;
  const unedited = [
    ...renamings.map(({ from }) => from).filter((from) => remaining.has(from)),
    ...(target !== undefined && served(after) === served(view) ? [target] : []),
  ];
  const details = [
    ...indirections(view, target === undefined ? names : [...names, target]),
    ...unedited.map((name) => `${name} is written in an unusual way`),
  ];
  return details.length === 0 ? [] : [networkRefusals['ambiguous-network'](details.join('; '))];
}

const editedText = (edits: readonly Edit[], path: string): string | undefined => {
  const node = edits.find((edit) => edit.path === path)?.node;
  return node?.kind === 'file' ? node.text : undefined;
};

function planWithoutIfupdown(tree: GuestTree, naming: Naming, request: NetworkRequest): RuleResult {
  const systems = otherNetworkSystems(tree);
  const pv = nameUnderPv(naming, { handle: 0, currentName: '' });
  const keepDhcpWorks = pv.kind === 'known' && worksUnderName(tree, systems, pv.name);
  if (request.policy === 'keep-dhcp' && keepDhcpWorks) return nothing;
  if (systems.length === 0 && request.address === undefined) {
    return {
      ...nothing,
      notices: [{ code: 'no-network', message: 'the guest has no network configuration' }],
    };
  }
  const context = {
    systems: systems.map(({ name }) => name),
    keepDhcpWorks: keepDhcpWorks && request.policy !== 'keep-dhcp',
  };
  return { ...nothing, problems: [networkRefusals['unsupported-network'](context)] };
}
