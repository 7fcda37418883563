import type { Edit, Facts, NetworkRequest, Notice, RuleResult } from '../../model.js';
import type { Card } from '../../network/cards.js';
import { readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import {
  newProfile,
  type ProfileStatic,
  profileWithAddress,
  profileWithPriority,
} from '../../network/network-manager-edits.js';
import { listWords, profileFolder, profileValue } from '../../network/network-manager-profiles.js';
import { stableUuid } from '../../network/stable-uuid.js';
import { networkRefusals } from '../network-refusals.js';
import { planOwnServers } from './name-servers.js';
import type { Candidate } from './network-manager-candidates.js';
import { madeNames, type NetworkManagerProfile, type NetworkManagerView } from './network-manager-view.js';
import { firstPvName } from './networkd-view.js';
import { gatewayNotices, noAddressFor, requestedAddress } from './requested-address.js';

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

/** A change of one profile's text and why. */
export interface Change {
  readonly edit: (text: string) => string;
  readonly reason: string;
}

/** What becomes of the one that asks a DHCP server: edits and notices, and changes of its profile. */
export interface Fixed {
  readonly result: RuleResult;
  readonly changes: readonly Change[];
}

export const nothingFixed: Fixed = { result: nothing, changes: [] };

/** Gives the fixed address to the one that asked a DHCP server. `cards` say what it will be called. */
export const planServed = (
  facts: Facts,
  view: NetworkManagerView,
  cards: readonly Card[],
  served: Candidate,
  request: NetworkRequest,
): Fixed =>
  served.own === undefined
    ? { result: planAutomatic(facts, view, cards, served, request), changes: [] }
    : planFixed(facts, view, served.own, request);

/** The profile that asks a DHCP server says the address instead, and comes before others that any card may get. */
function planFixed(
  facts: Facts,
  view: NetworkManagerView,
  served: NetworkManagerProfile,
  request: NetworkRequest,
): Fixed {
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
  cards: readonly Card[],
  { card: known, names: [label = ''] }: Candidate,
  request: NetworkRequest,
): RuleResult {
  const wanted = configurationOf(facts, request);
  if (wanted === undefined) return { ...nothing, problems: [noAddressFor(label)] };
  const { tree, systemdVersion } = facts;
  const card = cards.find(({ name }) => name === known);
  const pv =
    card?.pv.kind === 'known'
      ? card.pv.name
      : firstPvName(readNaming(tree, bootedCommandLine(tree), systemdVersion));
  if (pv === undefined || madeNames(view.profiles).includes(pv)) {
    const why =
      pv === undefined ? 'what the card will be called is not known' : `a profile makes another ${pv}`;
    return {
      ...nothing,
      problems: [networkRefusals['ambiguous-network'](`${why}, and no profile is for the card`)],
    };
  }
  const text = newProfile(pv, stableUuid(pv), wanted);
  const path = `${profileFolder}/${pv}${wanted.isOld ? '' : '.nmconnection'}`;
  const reason = `${pv} gets the static address ${wanted.address}; NetworkManager made up a profile with DHCP for it`;
  const servers = planServers(facts, view, 0, request);
  return {
    edits: [{ path, node: { kind: 'file', text, mode: 0o600 }, reason }, ...servers.edits],
    problems: [],
    notices: [...servers.notices, ...gatewayNotices(request)],
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
