import { isEnabled } from '../../guest-files/systemd-units.js';
import type { Edit, Facts, GuestTree, NetworkRequest, RuleResult } from '../../model.js';
import { cardsAmong } from '../../network/cards.js';
import { readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { networkForOne, networkWithAddress } from '../../network/networkd-edits.js';
import { entriesIn, listValue, networkdFile, networkdFolder } from '../../network/networkd-files.js';
import { networkRefusals } from '../network-refusals.js';
import { planOwnServers } from './name-servers.js';
import {
  type MendedFile,
  meantInterface,
  planNetworkdNames,
  unclearMatches,
  withMendedMatch,
  withNewNames,
} from './networkd-names.js';
import {
  chooseNetwork,
  configuredNetworks,
  firstPvName,
  type NetworkdNetwork,
  takes,
} from './networkd-view.js';
import { mentionNotices, namingNotices } from './notices.js';
import type { NetworkPlanner } from './planner.js';
import { gatewayNotices, noAddressFor, requestedAddress } from './requested-address.js';

/** The .network files of systemd-networkd, where that service is enabled. What netplan writes to /run isn't its own. */
export const networkdPlanner: NetworkPlanner = {
  name: 'systemd-networkd',
  claims: ({ tree }) =>
    networkdRuns(tree) ? [...new Set(configuredNetworks(tree).flatMap(({ names }) => names))] : [],
  plan: planNetworkd,
};

/** Whether the guest starts systemd-networkd at boot. */
export const networkdRuns = (tree: GuestTree): boolean =>
  isEnabled(tree, 'systemd-networkd.service', ['dbus-org.freedesktop.network1.service']) ||
  isEnabled(tree, 'systemd-networkd.socket');

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

function planNetworkd(facts: Facts, asked: NetworkRequest): RuleResult {
  const { tree, systemdVersion } = facts;
  const naming = readNaming(tree, bootedCommandLine(tree), systemdVersion);
  const networks = configuredNetworks(tree);
  const meant = meantInterface(networks, naming, asked.interface);
  if (meant.problems.length > 0) return { ...nothing, problems: meant.problems };
  const request = meant.name === undefined ? asked : { ...asked, interface: meant.name };
  const choice = chooseNetwork(networks, naming, request);
  if (choice.kind === 'problem') return { ...nothing, problems: [choice.problem] };
  // One file may have several names.
  const pv = firstPvName(naming);
  const own = choice.item?.names ?? [];
  const name = own.find((each) => each === request.interface) ?? own.find((each) => each === pv) ?? own[0];
  const names = planNetworkdNames(networks, naming, {
    ...(name === undefined ? {} : { name }),
    named: request.interface !== undefined,
  });
  const mended = networks.map((network) => {
    const { file, reasons } = withMendedMatch(network, networks, naming);
    const renamed = withNewNames(file, names.renamings);
    return { network, file: renamed.file, reasons: [...reasons, ...renamed.reasons] };
  });
  const target = mended.find(({ network }) => choice.kind === 'served' && network.file === choice.item.file);
  const fixed = target === undefined ? nothing : planStatic(facts, networks, target, name ?? '', request);
  const changing = mended.some(({ reasons }) => reasons.length > 0) || target !== undefined;
  const problems = [
    ...names.problems,
    ...(changing ? unclearMatches(networks, naming) : []),
    ...fixed.problems,
  ];
  if (problems.length > 0) return { ...nothing, problems };
  const isFixed = (path: string) => fixed.edits.some((edit) => edit.path === path);
  const others = mended.flatMap((each) => editsOf(each.network, each));
  return {
    edits: [...others.filter(({ path }) => !isFixed(path)), ...fixed.edits],
    problems: [],
    notices: [
      ...names.notices,
      ...mentionNotices(tree, names.renamings),
      ...namingNotices(facts),
      ...fixed.notices,
    ],
  };
}

/** The file that asks a DHCP server says the address instead; one that is for several cards is left to the others. */
function planStatic(
  { tree, systemdVersion }: Facts,
  networks: readonly NetworkdNetwork[],
  target: MendedFile & { readonly network: NetworkdNetwork },
  name: string,
  request: NetworkRequest,
): RuleResult {
  const wanted = requestedAddress(request);
  if (wanted === undefined) return { ...nothing, problems: [noAddressFor(name)] };
  const { file, network } = target;
  const present = request.dns.length > 0 ? request.dns : listValue(file, 'Network', 'DNS');
  const servers = planOwnServers(tree, present.length, request.dns);
  const configuration = {
    address: `${wanted.address}/${wanted.prefix}`,
    ...(wanted.gateway === undefined ? {} : { gateway: wanted.gateway }),
    dns: request.dns,
  };
  const reason = `${name} gets the static address ${wanted.address}; it used DHCP`;
  const notices = [...servers.notices, ...gatewayNotices(request), ...routeNotices(file, request)];
  const found = { ...nothing, edits: servers.edits, notices };
  if (network.selection.kind !== 'patterns') {
    const texts = networkWithAddress(file, configuration);
    const after = { file: networkdFile(file.name, texts), reasons: [reason, ...target.reasons] };
    return { ...found, edits: [...editsOf(network, after), ...servers.edits] };
  }
  const naming = readNaming(tree, bootedCommandLine(tree), systemdVersion);
  const [card] = cardsAmong(naming, [name]);
  const pv = card?.pv.kind === 'known' ? card.pv.name : firstPvName(naming);
  const takers = networks.filter((each) => each.selection.kind === 'patterns' && takes(each, pv ?? ''));
  const first = takers[0]?.file.name ?? file.name;
  const path = pv === undefined ? undefined : pathBefore(tree, first < file.name ? first : file.name, pv);
  if (pv === undefined || path === undefined) {
    const detail =
      pv === undefined
        ? `${file.name} is for several cards, and the name of the one that is meant isn't known`
        : `${first} takes ${pv}, and no name is left for a file that comes before it`;
    return { ...nothing, problems: [networkRefusals['ambiguous-network'](detail)] };
  }
  const one = networkdFile(path, [{ path, text: networkForOne(network.file, pv) }]);
  const text = networkWithAddress(one, configuration)[0]?.text ?? '';
  const own: Edit = {
    path,
    node: { kind: 'file', text },
    reason: `${pv} gets the static address ${wanted.address}; other cards keep what ${network.file.name} says`,
  };
  return { ...found, edits: [own, ...servers.edits] };
}

/** A path that networkd reads before this file, and that isn't taken. */
function pathBefore(tree: GuestTree, name: string, card: string): string | undefined {
  const names = ['10', '05', '01', '00', '00-0'].map((start) => `${start}-${card}.network`);
  const free = names.find((each) => each < name && !tree.has(`${networkdFolder}/${each}`));
  return free === undefined ? undefined : `${networkdFolder}/${free}`;
}

const routeNotices = (file: NetworkdNetwork['file'], { gateway }: NetworkRequest) => {
  const asks = entriesIn(file, 'Route').some(
    ({ key, value }) => key === 'Gateway' && /^_dhcp4?$/.test(value),
  );
  const message = `${file.name} has a route by way of the gateway that DHCP names, which there is none of now`;
  return asks && gateway === undefined ? [{ code: 'no-gateway', message }] : [];
};

/** A file of the distribution isn't changed: one of the same name in /etc takes its place. */
function editsOf({ file: before }: NetworkdNetwork, { file, reasons }: MendedFile): Edit[] {
  return file.texts.flatMap(({ path, text }, index) => {
    if (text === before.texts[index]?.text) return [];
    const own = path.startsWith('/etc/')
      ? path
      : `${networkdFolder}/${path.replace(/^.*\/systemd\/network\//, '')}`;
    return [{ path: own, node: { kind: 'file', text }, reason: reasons.join('; ') } as const];
  });
}
