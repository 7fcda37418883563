import type { Edit, Facts, NetworkRequest, Notice, RuleResult } from '../../model.js';
import { cardsAmong } from '../../network/cards.js';
import { type Naming, readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import {
  newProfile,
  type ProfileStatic,
  profileByName,
  profileWithAddress,
  profileWithName,
  profileWithPriority,
} from '../../network/network-manager-edits.js';
import { listWords, profileFolder, profileValue } from '../../network/network-manager-profiles.js';
import { stableUuid } from '../../network/stable-uuid.js';
import { networkRefusals } from '../network-refusals.js';
import { planCardNames } from './card-names.js';
import { planOwnServers } from './name-servers.js';
import {
  automaticName,
  interfacesOf,
  type NetworkManagerProfile,
  type NetworkManagerView,
  portsOf,
  readNetworkManager,
} from './network-manager-view.js';
import { firstPvName } from './networkd-view.js';
import { mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';
import { chooseConfigured, gatewayNotices, noAddressFor, requestedAddress } from './requested-address.js';

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

/** A change of one profile's text and why. */
interface Change {
  readonly edit: (text: string) => string;
  readonly reason: string;
}

function planNetworkManager(facts: Facts, request: NetworkRequest): RuleResult {
  const naming = namingOf(facts);
  const view = readNetworkManager(facts, naming);
  const { profiles } = view;
  const choice = chooseConfigured(profiles, request);
  const isFree = choice.kind !== 'served' && (choice.kind === 'problem' || choice.item === undefined);
  if (view.isAutomatic && isFree) return planAutomatic(facts, view, naming, request);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  const [name = ''] = choice.item?.names ?? [];
  const cards = cardsAmong(naming, interfacesOf(profiles));
  const configured = {
    taken: profiles.flatMap(({ names }) => names),
    partsOf: (whole: string) => [whole, ...portsOf(profiles, whole)],
  };
  const focus = { ...(name === '' ? {} : { name }), named: request.interface !== undefined };
  const names = planCardNames(configured, cards, focus);
  const hardware = planHardware(profiles, cards.length, naming);
  const served = choice.kind === 'served' ? choice.item : undefined;
  const fixed = served === undefined ? undefined : planFixed(facts, view, served, request);
  const problems = [...names.problems, ...hardware.problems, ...(fixed?.result.problems ?? [])];
  if (problems.length > 0) return { ...nothing, problems };
  const renamed = names.renamings.map(
    ({ from, to, reason }): Change => ({
      edit: (text) => profileWithName(text, from, to),
      reason: `${from} is called ${to} under PV (${reason})`,
    }),
  );
  const edits = profiles.flatMap((each) =>
    editsOf(each, [
      ...(each === served && fixed !== undefined ? fixed.changes : []),
      ...(each.isHardware ? hardware.changes : []),
      ...renamed,
    ]),
  );
  return {
    edits: [...edits, ...(fixed?.result.edits ?? [])],
    problems: [],
    notices: [
      ...names.notices,
      ...mentionNotices(facts.tree, names.renamings),
      ...namingNotices(facts),
      ...(fixed?.result.notices ?? []),
    ],
  };
}

/** A profile that goes by the bus or driver of the emulated card goes by the card's name instead. */
function planHardware(profiles: readonly NetworkManagerProfile[], cards: number, naming: Naming) {
  const hardware = profiles.filter(({ isHardware }) => isHardware);
  const pv = firstPvName(naming);
  if (hardware.length === 0) return { problems: [], changes: [] };
  if (hardware.length > 1 || cards > 0 || pv === undefined) {
    const paths = hardware.map(({ profile }) => profile.path).join(', ');
    const detail = `${paths}: which card of the VM is meant by its bus or driver isn't known under PV`;
    return { problems: [networkRefusals['ambiguous-network'](detail)], changes: [] };
  }
  const reason = `the bus or driver of the emulated card means nothing under PV, where it is called ${pv}`;
  return { problems: [], changes: [{ edit: (text: string) => profileByName(text, pv), reason }] };
}

/** The profile that asks a DHCP server says the address instead, and comes before others that any card may get. */
function planFixed(
  facts: Facts,
  view: NetworkManagerView,
  served: NetworkManagerProfile,
  request: NetworkRequest,
): { readonly result: RuleResult; readonly changes: readonly Change[] } {
  // A MAC address is no name for people.
  const name = served.names.find((each) => !/^[0-9a-f]{1,2}:/i.test(each)) ?? '';
  const wanted = configurationOf(facts, request);
  if (wanted === undefined) return { result: { ...nothing, problems: [noAddressFor(name)] }, changes: [] };
  const rivals = view.profiles.filter((each) => each !== served && each.isServed && each.isGeneral);
  const priorities = rivals.map(({ profile }) =>
    Number(profileValue(profile, 'connection', 'autoconnect-priority') ?? 0),
  );
  const reason = `${name} gets the static address ${wanted.address}; it used DHCP`;
  const changes: Change[] = [{ edit: (text) => profileWithAddress(text, wanted), reason }];
  if (rivals.length > 0) {
    const priority = Math.min(999, Math.max(0, ...priorities.filter(Number.isFinite)) + 1);
    changes.push({
      edit: (text) => profileWithPriority(text, priority),
      reason: 'it comes before the others',
    });
  }
  const own = listWords(profileValue(served.profile, 'ipv4', 'dns'));
  const servers = planServers(facts, view, own.length, request);
  const notices = [...servers.notices, ...gatewayNotices(request)];
  return { result: { ...nothing, edits: servers.edits, notices }, changes };
}

/** A profile with a name of its own comes in place of the one that NetworkManager makes up. */
function planAutomatic(
  facts: Facts,
  view: NetworkManagerView,
  naming: Naming,
  request: NetworkRequest,
): RuleResult {
  if (request.policy === 'keep-dhcp') return nothing;
  const wanted = configurationOf(facts, request);
  if (wanted === undefined) return { ...nothing, problems: [noAddressFor(automaticName)] };
  const [card] = cardsAmong(naming, request.interface === undefined ? [] : [request.interface]);
  const pv = card?.pv.kind === 'known' ? card.pv.name : firstPvName(naming);
  if (pv === undefined) {
    const detail = 'what the card will be called is not known, and no profile names it';
    return { ...nothing, problems: [networkRefusals['ambiguous-network'](detail)] };
  }
  const text = newProfile(pv, stableUuid(pv), wanted);
  const path = `${profileFolder}/${pv}${wanted.isOld ? '' : '.nmconnection'}`;
  const reason = `${pv} gets the static address ${wanted.address}; NetworkManager made up a profile with DHCP for it`;
  const servers = planServers(facts, view, 0, request);
  return {
    edits: [{ path, node: { kind: 'file', text, mode: 0o600 }, reason }, ...servers.edits],
    problems: [],
    notices: [...servers.notices, ...gatewayNotices(request), ...namingNotices(facts)],
  };
}

function configurationOf({ packages }: Facts, request: NetworkRequest): ProfileStatic | undefined {
  const wanted = requestedAddress(request);
  if (wanted === undefined) return undefined;
  return { ...wanted, dns: request.dns, isOld: isBefore0910(packages.get('network-manager') ?? '') };
}

/** Whether it is a version before 0.9.10, whose key files say addresses in another form. */
const isBefore0910 = (version: string): boolean => /^(?:\d+:)?0\.(?:[0-8]|9\.\d)(?!\d)/.test(version);

/** NetworkManager makes /etc/resolv.conf of what its profiles say, unless it was told not to. */
function planServers(
  { tree }: Facts,
  { config }: NetworkManagerView,
  present: number,
  request: NetworkRequest,
): { readonly edits: readonly Edit[]; readonly notices: readonly Notice[] } {
  const isOff = config.value('main', 'dns') === 'none' || config.value('main', 'rc-manager') === 'unmanaged';
  if (isOff) return planOwnServers(tree, 0, request.dns);
  if (present + request.dns.length > 0) return { edits: [], notices: [] };
  const message =
    'the guest may have no name server: they came by DHCP, none was given, and NetworkManager makes /etc/resolv.conf of its profiles';
  return { edits: [], notices: [{ code: 'no-dns', message }] };
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
