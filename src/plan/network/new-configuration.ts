import { textAt } from '../../guest-files/guest-tree.js';
import type { Facts, GuestTree, NetworkRequest, RuleResult } from '../../model.js';
import { cardsAmong } from '../../network/cards.js';
import { type Naming, readNaming } from '../../network/interface-names.js';
import { bootedCommandLine } from '../../network/kernel-parameters.js';
import { readsDnsOptions } from '../../network/name-resolution.js';
import { netmaskOf } from '../../network/netmask.js';
import { networkdFolder } from '../../network/networkd-files.js';
import { networkRefusals } from '../network-refusals.js';
import { planFileServers, planOwnServers } from './name-servers.js';
import { gatewayForm } from './netplan-release.js';
import { firstPvName } from './networkd-view.js';
import { namingNotices } from './notices.js';
import {
  gatewayNotices,
  noAddressFor,
  type RequestedAddress,
  requestedAddress,
} from './requested-address.js';

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

/** Something that makes a file for one card with a fixed address. */
type Maker = (tree: GuestTree, name: string, wanted: RequestedAddress, dns: readonly string[]) => NewFile;

interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

/** Who cares for the card so far: named where an address is missing, and why a file is new. */
interface Before {
  readonly asked: string;
  readonly why: string;
}

const nobody: Before = { asked: 'the card', why: 'nothing configured it before' };

/** A stanza for the VM's card at the end of /etc/network/interfaces, where nothing has one for it. */
export const planNewStanza = (facts: Facts, request: NetworkRequest, before: Before = nobody): RuleResult =>
  planNew(facts, request, before, newStanza, readsDnsOptions(facts));

/** A .network file for the VM's card in a guest whose systemd-networkd has none. */
export const planNewNetwork = (facts: Facts, request: NetworkRequest): RuleResult =>
  planNew(facts, request, nobody, newNetwork, true);

/** A file for netplan, which makes of it what systemd-networkd reads, and starts that. */
export const planNewNetplan = (facts: Facts, request: NetworkRequest): RuleResult =>
  planNew(facts, request, nobody, newNetplan(gatewayForm(facts)), true);

function planNew(
  facts: Facts,
  request: NetworkRequest,
  { asked, why }: Before,
  make: Maker,
  tellsServers: boolean,
): RuleResult {
  const { tree, systemdVersion } = facts;
  if (request.policy === 'keep-dhcp') return nothing;
  const wanted = requestedAddress(request);
  if (wanted === undefined) return { ...nothing, problems: [noAddressFor(asked)] };
  const name = pvNameFor(readNaming(tree, bootedCommandLine(tree), systemdVersion), request.interface);
  if (name === undefined) {
    const detail = 'what the card will be called is not known, and nothing in the guest names it';
    return { ...nothing, problems: [networkRefusals['ambiguous-network'](detail)] };
  }
  const told = tellsServers ? request.dns : [];
  const servers = tellsServers
    ? planOwnServers(tree, told.length, request.dns)
    : planFileServers(tree, request.dns);
  const { path, ...file } = make(tree, name, wanted, told);
  const reason = `${name} gets the static address ${wanted.address}; ${why}`;
  return {
    edits: [{ path, node: { kind: 'file', ...file }, reason }, ...servers.edits],
    problems: [],
    notices: [...servers.notices, ...gatewayNotices(request), ...namingNotices(facts)],
  };
}

/** What the card that the user named will be called, or the first one. */
function pvNameFor(naming: Naming, wanted: string | undefined): string | undefined {
  const [card] = cardsAmong(naming, wanted === undefined ? [] : [wanted]);
  return card?.pv.kind === 'known' ? card.pv.name : firstPvName(naming);
}

const interfaces = '/etc/network/interfaces';

const newStanza: Maker = (tree, name, { address, prefix, gateway }, dns) => {
  const before = textAt(tree, interfaces) ?? 'auto lo\niface lo inet loopback\n';
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const options = [
    `address ${address}`,
    `netmask ${netmaskOf(prefix)}`,
    ...(gateway === undefined ? [] : [`gateway ${gateway}`]),
    ...(dns.length === 0 ? [] : [`dns-nameservers ${dns.join(' ')}`]),
  ];
  const stanza = [`auto ${name}`, `iface ${name} inet static`, ...options.map((option) => `    ${option}`)];
  return { path: interfaces, text: `${before}${gap}${stanza.join('\n')}\n` };
};

const newNetwork: Maker = (_tree, name, { address, prefix, gateway }, dns) => {
  const settings = [
    `Address=${address}/${prefix}`,
    ...(gateway === undefined ? [] : [`Gateway=${gateway}`]),
    ...dns.map((server) => `DNS=${server}`),
  ];
  const text = `[Match]\nName=${name}\n\n[Network]\n${settings.join('\n')}\n`;
  return { path: `${networkdFolder}/10-${name}.network`, text };
};

const newNetplan =
  (form: 'gateway4' | 'routes'): Maker =>
  (_tree, name, { address, prefix, gateway }, dns) => {
    const routes =
      form === 'gateway4' ? [`gateway4: ${gateway}`] : ['routes:', '  - to: default', `    via: ${gateway}`];
    const settings = [
      `addresses: [${address}/${prefix}]`,
      ...(gateway === undefined ? [] : routes),
      ...(dns.length === 0 ? [] : ['nameservers:', `  addresses: [${dns.join(', ')}]`]),
    ].map((line) => `      ${line}`);
    const text = `network:\n  version: 2\n  ethernets:\n    ${name}:\n${settings.join('\n')}\n`;
    return { path: `/etc/netplan/90-${name}.yaml`, text, mode: 0o600 };
  };
