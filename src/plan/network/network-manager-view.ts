import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import { isEnabled } from '../../guest-files/systemd-units.js';
import type { Facts, GuestTree } from '../../model.js';
import { type Naming, nameUnderPv } from '../../network/interface-names.js';
import {
  isUnmanaged,
  makesProfiles,
  type NetworkManagerConfig,
  readNetworkManagerConfig,
} from '../../network/network-manager-config.js';
import {
  listWords,
  type Profile,
  profileAddresses,
  profileType,
  profileValue,
  readProfiles,
} from '../../network/network-manager-profiles.js';
import { ifupdownPlanner } from './ifupdown.js';
import { netplanPlanner } from './netplan.js';
import { networkdPlanner } from './networkd.js';
import type { Configured } from './requested-address.js';

/** A profile for an Ethernet card, or for a bridge, bond or VLAN over one, that comes up by itself. */
export interface NetworkManagerProfile extends Configured {
  readonly profile: Profile;
  /** The interfaces that it is bound to or makes: names, patterns, a MAC address. */
  readonly interfaces: readonly string[];
  /** It makes its interface: a bridge, bond or VLAN, whose name has nothing to do with a card's. */
  readonly isMade: boolean;
  /** It goes by a bus or driver that isn't there under PV. */
  readonly isHardware: boolean;
  /** Any card may get it. */
  readonly isGeneral: boolean;
}

/** What NetworkManager has to do with the VM's network. */
export interface NetworkManagerView {
  readonly config: NetworkManagerConfig;
  readonly profiles: readonly NetworkManagerProfile[];
  /** It makes up a profile with DHCP for the card, because the guest has none for it. */
  readonly isAutomatic: boolean;
}

/** How people know the profile that NetworkManager makes up. */
export const automaticName = 'Wired connection 1';

/**
 * Reads what NetworkManager does at boot. Without an interface in a profile it takes any card that nobody else has: so
 * where another system has one, only profiles with a name or an address of their own count.
 */
export function readNetworkManager(facts: Facts, naming: Naming): NetworkManagerView {
  const { tree } = facts;
  const config = readNetworkManagerConfig(tree);
  if (!networkManagerRuns(facts)) return { config, profiles: [], isAutomatic: false };
  const pv = nameUnderPv(naming, { handle: 0, currentName: '' });
  const card = pv.kind === 'known' ? pv.name : 'eth0';
  const left = leftAlone(facts, config);
  const others = [...left, ...networkdPlanner.claims(facts), ...netplanPlanner.claims(facts)];
  const loaded = readProfiles(tree);
  const all = loaded.flatMap(concerned);
  const isFree = (one: NetworkManagerProfile) =>
    one.isGeneral ? others.length === 0 : !one.names.some((name) => left.includes(name));
  const isManaged = (one: NetworkManagerProfile) =>
    profileType(one.profile) !== 'ethernet' || !isUnmanaged(config, nameOf(one, card));
  const profiles = all.filter((one) => isFree(one) && isManaged(one));
  const hasOwn = loaded.some((profile) => profileType(profile) === 'ethernet');
  const isAutomatic =
    !hasOwn && others.length === 0 && !isUnmanaged(config, card) && makesProfiles(config, card);
  return { config, profiles, isAutomatic };
}

/** The names of cards in these profiles: what they are bound to, and what VLANs and the like are on. */
export function cardNamesIn(profiles: readonly NetworkManagerProfile[]): string[] {
  const made = madeNames(profiles);
  const all = profiles.flatMap((each) => [...(each.isMade ? [] : each.interfaces), ...parentOf(each)]);
  return [...new Set(all)].filter((name) => !made.includes(name));
}

/** The names of the interfaces that these profiles make: bridges, bonds, VLANs. */
export const madeNames = (profiles: readonly NetworkManagerProfile[]): string[] =>
  profiles.flatMap(({ isMade, profile }) => (isMade ? interfaceName(profile) : '') || []);

/** The interface of a profile by its name; empty when it is bound otherwise. */
const interfaceName = (profile: Profile): string =>
  profileValue(profile, 'connection', 'interface-name') ||
  (profileValue(profile, profileType(profile), 'interface-name') ?? '');

/** The cards that a bridge, bond or VLAN of this name is made of. */
export function portsOf(profiles: readonly NetworkManagerProfile[], name: string): string[] {
  const wholes = profiles.filter(({ names }) => names.includes(name));
  const known = new Set([name, ...wholes.map(({ profile }) => profileValue(profile, 'connection', 'uuid'))]);
  const isPort = ({ profile }: NetworkManagerProfile) =>
    ['master', 'controller'].some((key) => known.has(profileValue(profile, 'connection', key) ?? '-'));
  return [...profiles.filter(isPort).flatMap(({ names }) => names), ...wholes.flatMap(parentOf)];
}

/** What a VLAN or macvlan is on. */
function parentOf({ profile }: NetworkManagerProfile): string[] {
  const type = profileType(profile);
  const parent = type === 'vlan' || type === 'macvlan' ? profileValue(profile, type, 'parent') : undefined;
  return parent === undefined ? [] : [parent];
}

const nameOf = ({ profile }: NetworkManagerProfile, card: string): string =>
  profileValue(profile, 'connection', 'interface-name') ?? card;

/** The interfaces of ifupdown, which its plugin keeps from NetworkManager unless `managed=true`. */
function leftAlone(facts: Facts, config: NetworkManagerConfig): readonly string[] {
  const plugins = listWords(config.value('main', 'plugins'));
  const isLeft = plugins.includes('ifupdown') && config.value('ifupdown', 'managed') !== 'true';
  return isLeft ? ifupdownPlanner.claims(facts) : [];
}

/** Whether the guest starts NetworkManager at boot, by whichever init it has. */
function networkManagerRuns({ tree, initSystem, packages }: Facts): boolean {
  if (packages.size > 0 && !packages.has('network-manager')) return false;
  if (initSystem === 'systemd')
    return isEnabled(tree, 'NetworkManager.service', ['dbus-org.freedesktop.NetworkManager.service']);
  const levels = ['/etc/rc2.d', '/etc/rc5.d'].flatMap((folder) => namesIn(tree, folder));
  return levels.some((name) => /^S\d+(?:network-manager|NetworkManager)$/.test(name)) || hasJob(tree);
}

const hasJob = (tree: GuestTree): boolean =>
  tree.has('/etc/init/network-manager.conf') &&
  !/^[ \t]*manual\b/m.test(textAt(tree, '/etc/init/network-manager.override') ?? '');

/** Types that have an IP configuration of their own on the VM's network. */
const types: ReadonlySet<string> = new Set(['ethernet', 'bridge', 'bond', 'vlan', 'team', 'macvlan']);

function concerned(profile: Profile): NetworkManagerProfile[] {
  const value = (section: string, key: string) => profileValue(profile, section, key) ?? '';
  const type = profileType(profile);
  if (!types.has(type) || value('connection', 'autoconnect') === 'false') return [];
  const isPort = value('connection', 'master') !== '' || value('connection', 'controller') !== '';
  const bound = [
    interfaceName(profile),
    value('ethernet', 'mac-address'),
    ...listWords(value('match', 'interface-name')),
  ];
  const interfaces = bound.filter((name) => name !== '');
  const names = [...interfaces, value('connection', 'id') || profile.path];
  const isHardware =
    type === 'ethernet' &&
    [...listWords(value('match', 'path')), ...listWords(value('match', 'driver'))].length > 0;
  return [
    {
      profile,
      names,
      interfaces,
      isMade: type !== 'ethernet',
      isHardware,
      isGeneral: type === 'ethernet' && interfaces.length === 0 && !isHardware,
      isServed: !isPort && /^(?:auto|)$/.test(value('ipv4', 'method')),
      addresses: profileAddresses(profile),
    },
  ];
}
