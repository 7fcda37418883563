import { textAt } from '../../guest-files/guest-tree.js';
import { isEnabled } from '../../guest-files/systemd-units.js';
import type { Facts, GuestTree, NetworkRequest, RuleResult } from '../../model.js';
import { cardsAmong, isSettled } from '../../network/cards.js';
import { dhcpcdBlocks, dhcpcdList, dhcpcdWithAddress, dhcpcdWithName } from '../../network/dhcpcd.js';
import { type Naming, readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { networkRefusals } from '../network-refusals.js';
import { planCardNames, type Renaming } from './card-names.js';
import { ifupdownPlanner } from './ifupdown.js';
import { planOwnServers } from './name-servers.js';
import { netplanPlanner } from './netplan.js';
import { networkManagerPlanner } from './network-manager.js';
import { networkdPlanner } from './networkd.js';
import { firstPvName } from './networkd-view.js';
import { mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';
import { chooseConfigured, gatewayNotices, noAddressFor, requestedAddress } from './requested-address.js';

const path = '/etc/dhcpcd.conf';
const nothing: RuleResult = { edits: [], problems: [], notices: [] };

/** dhcpcd as a service asks DHCP for every card; where another system is in charge, that one's word counts. */
export const dhcpcdPlanner: NetworkPlanner = {
  name: 'dhcpcd',
  claims: (facts) => {
    const others = [ifupdownPlanner, netplanPlanner, networkdPlanner, networkManagerPlanner];
    const isAlone = dhcpcdRuns(facts) && others.every((planner) => planner.claims(facts).length === 0);
    return isAlone ? configuredIn(facts).flatMap(({ names }) => names.slice(0, 1)) : [];
  },
  plan: planDhcpcd,
};

/** Whether the guest starts dhcpcd at boot by itself, not on behalf of ifupdown. */
const dhcpcdRuns = ({ tree }: Facts): boolean =>
  isEnabled(tree, 'dhcpcd.service') || isEnabled(tree, 'dhcpcd5.service');

const textOf = (tree: GuestTree): string => textAt(tree, path) ?? '';
const namingOf = ({ tree, systemdVersion }: Facts): Naming =>
  readNaming(tree, bootedCommandLine(tree), systemdVersion);

/** Its blocks; without one that says an address, the card that it asks for. */
function configuredIn(facts: Facts) {
  const blocks = dhcpcdBlocks(textOf(facts.tree)).map(({ name, address }) => ({
    names: [name],
    isServed: address === undefined,
    addresses: address === undefined ? [] : [address],
  }));
  if (blocks.some(({ addresses }) => addresses.length > 0)) return blocks;
  const denied = dhcpcdList(textOf(facts.tree), 'denyinterfaces').includes('*');
  const pv = firstPvName(namingOf(facts));
  return blocks.length > 0 || denied
    ? blocks
    : [{ names: [pv ?? 'every card'], isServed: true, addresses: [] }];
}

function planDhcpcd(facts: Facts, request: NetworkRequest): RuleResult {
  const { tree } = facts;
  const naming = namingOf(facts);
  const items = configuredIn(facts);
  const all = [
    ...dhcpcdBlocks(textOf(tree)).map((block) => block.name),
    ...dhcpcdList(textOf(tree), 'allowinterfaces'),
  ];
  const cards = cardsAmong(naming, [...new Set(all)]);
  const isFinal = (one: string) => cards.some((card) => card.name === one && isSettled(card));
  const choice = chooseConfigured(items, request, isFinal);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  const [name] = choice.item?.names ?? [];
  const names = planCardNames({ taken: all, partsOf: (one) => [one] }, cards, {
    ...(name === undefined ? {} : { name }),
    named: request.interface !== undefined,
  });
  const wanted = requestedAddress(request);
  if (choice.kind === 'served' && wanted === undefined)
    return { ...nothing, problems: [noAddressFor(name ?? '')] };
  if (names.problems.length > 0) return { ...nothing, problems: names.problems };
  const renamed = names.renamings.reduce(
    (text, { from, to }) => dhcpcdWithName(text, from, to),
    textOf(tree),
  );
  const reasons = names.renamings.map(reasonOf);
  if (choice.kind !== 'served' || wanted === undefined) {
    return {
      edits: editOf(tree, renamed, reasons),
      problems: [],
      notices: [...names.notices, ...namingNotices(facts)],
    };
  }
  const card = names.renamings.find(({ from }) => from === name)?.to ?? name;
  if (card === undefined || card === 'every card') {
    return {
      ...nothing,
      problems: [networkRefusals['ambiguous-network']('what the card will be called is not known')],
    };
  }
  const address = `${wanted.address}/${wanted.prefix}`;
  const text = dhcpcdWithAddress(renamed, card, address, wanted.gateway ?? '', request.dns);
  const servers = planOwnServers(tree, request.dns.length, request.dns);
  const why = `${card} gets the static address ${wanted.address}; dhcpcd asked a DHCP server`;
  return {
    edits: [...editOf(tree, text, [why, ...reasons]), ...servers.edits],
    problems: [],
    notices: [
      ...names.notices,
      ...mentionNotices(tree, names.renamings, [path]),
      ...namingNotices(facts),
      ...gatewayNotices(request),
      ...servers.notices,
    ],
  };
}

const reasonOf = ({ from, to, reason }: Renaming): string => `${from} is called ${to} under PV (${reason})`;

const editOf = (tree: GuestTree, text: string, reasons: readonly string[]) =>
  text === textOf(tree) ? [] : [{ path, node: { kind: 'file', text } as const, reason: reasons.join('; ') }];
