import type { Edit, Facts, NetworkRequest, RuleResult } from '../../model.js';
import { type Card, cardsAmong, isSettled } from '../../network/cards.js';
import { type Naming, readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { profileByName, profileWithName } from '../../network/network-manager-edits.js';
import { profileFolder } from '../../network/network-manager-profiles.js';
import { networkRefusals } from '../network-refusals.js';
import { type CardNames, planCardNames } from './card-names.js';
import { automaticCards, type Candidate, meantInterface } from './network-manager-candidates.js';
import { type Change, nothingFixed, planServed } from './network-manager-static.js';
import {
  automaticName,
  cardNamesIn,
  madeNames,
  type NetworkManagerProfile,
  portsOf,
  readNetworkManager,
} from './network-manager-view.js';
import { firstPvName } from './networkd-view.js';
import { mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';
import { chooseConfigured } from './requested-address.js';

/** NetworkManager's profiles in key files, and the one that it makes up for a card without any. */
export const networkManagerPlanner: NetworkPlanner = {
  name: 'NetworkManager',
  claims: (facts) => {
    const { profiles, isAutomatic } = readNetworkManager(facts, namingOf(facts));
    const own = profiles.flatMap(({ names }) => names.slice(0, 1));
    return [...new Set(isAutomatic ? [...own, automaticName] : own)];
  },
  plan: planNetworkManager,
};

const namingOf = ({ tree, systemdVersion }: Facts): Naming =>
  readNaming(tree, bootedCommandLine(tree), systemdVersion);
const nothing: RuleResult = { edits: [], problems: [], notices: [] };

function planNetworkManager(facts: Facts, asked: NetworkRequest): RuleResult {
  const naming = namingOf(facts);
  const view = readNetworkManager(facts, naming);
  const { profiles } = view;
  const configured = cardsAmong(naming, cardNamesIn(profiles));
  const meant = meantInterface(profiles, configured, asked.interface);
  if (meant.problems.length > 0) return { ...nothing, problems: meant.problems };
  const request = meant.name === undefined ? asked : { ...asked, interface: meant.name };
  const automatic = automaticCards(view, naming, configured, request.interface);
  const candidates = [...profiles.map((own): Candidate => ({ ...own, own })), ...automatic];
  const isFinal = (name: string) => configured.some((card) => card.name === name && isSettled(card));
  const choice = chooseConfigured(candidates, request, isFinal);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  const extra = automatic.flatMap(({ card }) => card ?? []);
  const cards = cardsAmong(naming, [...new Set([...configured.map(({ name }) => name), ...extra])]);
  const names = planNames(profiles, cards, choice.item, request);
  const hardware = planHardware(profiles, configured.length, naming);
  const served = choice.kind === 'served' ? choice.item : undefined;
  const fixed = served === undefined ? nothingFixed : planServed(facts, view, cards, served, request);
  const problems = [...names.problems, ...hardware.problems, ...fixed.result.problems];
  if (problems.length > 0) return { ...nothing, problems };
  const renamed = names.renamings.map(
    ({ from, to, reason }): Change => ({
      edit: (text) => profileWithName(text, from, to),
      reason: `${from} is called ${to} under PV (${reason})`,
    }),
  );
  const edits = profiles.flatMap((each) =>
    editsOf(each, [
      ...(each === served?.own ? fixed.changes : []),
      ...(each.isHardware ? hardware.changes : []),
      ...renamed,
    ]),
  );
  return {
    edits: [...edits, ...fixed.result.edits],
    problems: [],
    notices: [
      ...names.notices,
      ...mentionNotices(facts.tree, names.renamings),
      ...namingNotices(facts),
      ...fixed.result.notices,
    ],
  };
}

/** What the cards are called under PV; an interface that a profile makes can't have the name of one. */
function planNames(
  profiles: readonly NetworkManagerProfile[],
  cards: readonly Card[],
  item: Candidate | undefined,
  request: NetworkRequest,
): CardNames {
  const made = madeNames(profiles);
  const configured = {
    taken: [...made, ...profiles.flatMap(({ interfaces }) => interfaces), ...cards.map(({ name }) => name)],
    partsOf: (whole: string) => [whole, ...portsOf(profiles, whole)],
  };
  const [name] = item?.names ?? [];
  const focus = { ...(name === undefined ? {} : { name }), named: request.interface !== undefined };
  const planned = planCardNames(configured, cards, focus);
  const clash = profiles.find(
    ({ isMade, interfaces }) => !isMade && interfaces.some((each) => made.includes(each)),
  );
  if (clash === undefined) return planned;
  const detail = `${clash.profile.path} is for an interface that another profile makes`;
  return { ...planned, problems: [...planned.problems, networkRefusals['ambiguous-network'](detail)] };
}

/** A profile that goes by the bus or driver of the emulated card goes by the card's name instead. */
function planHardware(profiles: readonly NetworkManagerProfile[], cards: number, naming: Naming) {
  const hardware = profiles.filter(({ isHardware }) => isHardware);
  const pv = firstPvName(naming);
  if (hardware.length === 0) return { problems: [], changes: [] };
  if (hardware.length > 1 || cards > 0 || pv === undefined || madeNames(profiles).includes(pv)) {
    const paths = hardware.map(({ profile }) => profile.path).join(', ');
    const detail = `${paths}: which card of the VM is meant by its bus or driver isn't known under PV`;
    return { problems: [networkRefusals['ambiguous-network'](detail)], changes: [] };
  }
  const reason = `the bus or driver of the emulated card means nothing under PV, where it is called ${pv}`;
  return { problems: [], changes: [{ edit: (text: string) => profileByName(text, pv), reason }] };
}

/** A shipped profile isn't changed: one of the same name in /etc takes its place. */
function editsOf({ profile }: NetworkManagerProfile, changes: readonly Change[]): Edit[] {
  const reasons: string[] = [];
  let { text } = profile;
  for (const { edit, reason } of changes) {
    const after = edit(text);
    if (after !== text) reasons.push(reason);
    text = after;
  }
  if (reasons.length === 0) return [];
  const isOwn = profile.path.startsWith('/etc/');
  const path = isOwn ? profile.path : `${profileFolder}/${profile.path.replace(/^.*\//, '')}`;
  const node = { kind: 'file', text, ...(isOwn ? {} : { mode: 0o600 }) } as const;
  return [{ path, node, reason: reasons.join('; ') }];
}
