import type { Edit, Facts, NetworkRequest, Notice, Problem, RuleResult } from '../../model.js';
import { cardsAmong } from '../../network/cards.js';
import { cloudIfupdownPatterns } from '../../network/cloud-ifupdown.js';
import { makeStatic, renameInterface, type StaticConfiguration } from '../../network/ifupdown-edits.js';
import {
  asksServer,
  type IfupdownView,
  type InterfaceDefinition,
  indirections,
  interfaceNames,
  isWireless,
  partsOf,
  readIfupdown,
  viewOf,
} from '../../network/ifupdown-view.js';
import { readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { netmaskOf } from '../../network/netmask.js';
import { networkRefusals } from '../network-refusals.js';
import { type CardNames, type ConfiguredNames, planCardNames, type Renaming } from './card-names.js';
import { chooseInterface } from './choose-interface.js';
import { type NameServerPlan, planNameServers } from './name-servers.js';
import { planNewStanza } from './new-configuration.js';
import { differenceNotices, mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';

/** /etc/network/interfaces and what it includes. */
export const ifupdownPlanner: NetworkPlanner = {
  name: 'ifupdown',
  claims: (facts) => (isInstalled(facts) ? claimsOf(facts) : []),
  plan: planIfupdown,
};

/** Where dpkg's list was read it knows best. What came after ifupdown under other names reads the same file. */
const isInstalled = ({ packages }: Facts): boolean =>
  packages.size === 0 || ['ifupdown', 'ifupdown2', 'ifupdown-ng'].some((name) => packages.has(name));

function claimsOf({ tree }: Facts): string[] {
  const wired = readIfupdown(tree).definitions.filter((definition) => !isWireless(definition));
  const names = [...new Set(wired.map(({ name }) => name))];
  return names.length === 0 ? cloudIfupdownPatterns(tree) : names;
}

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

function planIfupdown(facts: Facts, request: NetworkRequest): RuleResult {
  const { tree } = facts;
  const naming = readNaming(tree, bootedCommandLine(tree), facts.systemdVersion);
  const view = readIfupdown(tree);
  if (view.definitions.every(isWireless)) {
    return planNewStanza(facts, request, cloudScript);
  }
  const cards = cardsAmong(naming, interfaceNames(view));
  const choice = chooseInterface(view, cards, request);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  const focus = choice.definition === undefined ? {} : { name: choice.definition.name };
  const names = planCardNames(configuredNames(view), cards, {
    ...focus,
    named: request.interface !== undefined,
  });
  if (choice.kind === 'settled') {
    const notices = [...differenceNotices(choice.definition, request), ...namingNotices(facts)];
    return withEdits(facts, view, names, undefined, { ...nothing, notices });
  }
  return planStatic(facts, view, names, choice.definition, request);
}

const configuredNames = (view: IfupdownView): ConfiguredNames => ({
  taken: [...interfaceNames(view), ...view.definitions.map(({ name }) => name)],
  partsOf: (name) => partsOf(view, name),
});

const cloudScript = {
  asked: 'every card that the cloud image finds',
  why: '/etc/network/cloud-ifupdown-helper asked a DHCP server, and leaves alone what ifupdown knows',
};

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
  const servers: NameServerPlan = planNameServers(facts, definition.stanza, request.dns);
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
  const notices = [...found.notices, ...names.notices, ...mentionNotices(facts.tree, renamings)];
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
