import type { GuestTree } from '../model.js';
import { kernelName, type XenNetworkDevice } from './device-match.js';
import { kernelParameter } from './kernel-parameters.js';
import { defaultIsMasked, type LinkFile, linkFiles, linkMatches } from './link-files.js';
import { type NamingRule, namingRules, ownNamingIsMasked, ruleMatches } from './udev-rules.js';

export type { XenNetworkDevice } from './device-match.js';

/** Everything in a guest that decides what its network interfaces are called. */
export interface Naming {
  /** Undefined without systemd, whose udev names interfaces. */
  readonly systemdVersion?: number;
  readonly commandLine: string;
  readonly rules: readonly NamingRule[];
  readonly links: readonly LinkFile[];
  readonly masked?: string;
}

/** What an interface will be called, and why in words that fit between brackets. */
export type PvName =
  | {
      readonly kind: 'known';
      readonly name: string;
      readonly reason: string;
      readonly doubts: readonly string[];
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Collects what decides about names from the guest's files and the command line that will boot it. */
export function readNaming(tree: GuestTree, commandLine: string, systemdVersion: number | undefined): Naming {
  const rulesMasked = ownNamingIsMasked(tree)
    ? '/etc/udev/rules.d has an empty file over its naming rules'
    : undefined;
  const linkMasked = defaultIsMasked(tree) ? '/etc/systemd/network/99-default.link is empty' : undefined;
  const masked = rulesMasked ?? linkMasked;
  return {
    commandLine,
    rules: namingRules(tree),
    links: rulesMasked === undefined ? linkFiles(tree) : [],
    ...(systemdVersion === undefined ? {} : { systemdVersion }),
    ...(masked === undefined ? {} : { masked }),
  };
}

/**
 * The name that a network device of Xen gets under PV. In this order: NAME in /etc/udev/rules.d, the first matching
 * .link file (NamePolicy=, which `net.ifnames=0` switches off, then Name=), the kernel's own name.
 */
export function nameUnderPv(naming: Naming, device: XenNetworkDevice): PvName {
  const rules = naming.rules.map((rule) => ({ rule, match: ruleMatches(rule, device) }));
  const doubts = rules.filter(({ match }) => match === 'unknown').map(({ rule }) => rule.path);
  const rule = rules.findLast(({ match }) => match === 'yes')?.rule;
  if (rule !== undefined) return known(rule.name, `${rule.path} names it`, []);
  if (naming.systemdVersion === undefined) return known(kernelName(device), 'the kernel names it', doubts);
  return nameByLink(naming, naming.systemdVersion, device, doubts);
}

/** Whether a rule or .link file of the guest gives this very name to some interface. */
export const isGivenName = (naming: Naming, name: string): boolean =>
  naming.rules.some((rule) => rule.name === name) || naming.links.some((link) => link.name === name);

const known = (name: string, reason: string, doubts: readonly string[]): PvName => ({
  kind: 'known',
  name,
  reason,
  doubts: [...new Set(doubts)],
});

function nameByLink(naming: Naming, version: number, device: XenNetworkDevice, ruleDoubts: string[]): PvName {
  const links = naming.links.map((link) => ({ link, match: linkMatches(link, device) }));
  const at = links.findIndex(({ match }) => match === 'yes');
  const link = links[at]?.link;
  const unsure = links.slice(0, at < 0 ? links.length : at).filter(({ match }) => match === 'unknown');
  const doubts = [...ruleDoubts, ...unsure.map(({ link: { path } }) => path)];
  const policies = link !== undefined && policiesCount(naming.commandLine) ? link.namePolicy : [];
  const policy = policies.find((word) => word === 'mac' || (word === 'slot' && hasXenNames(naming, version)));
  if (policy === 'slot') {
    const who = `systemd ${version} names Xen's network devices by their handle`;
    return known(`enX${device.handle}`, who, doubts);
  }
  if (policy === 'mac') return nameByMac(device, link?.path ?? '', doubts);
  if (link?.name !== undefined) return known(link.name, `${link.path} names it`, doubts);
  return known(kernelName(device), whyKernelName(naming, version, link), doubts);
}

function nameByMac(device: XenNetworkDevice, path: string, doubts: string[]): PvName {
  const reason = `${path} names it by its MAC address`;
  if (device.mac !== undefined) return known(`enx${device.mac.replaceAll(':', '')}`, reason, doubts);
  // The VM keeps its MAC address, and so a name that is made of it.
  if (/^enx[0-9a-f]{12}$/.test(device.currentName)) return known(device.currentName, reason, doubts);
  return { kind: 'unknown', reason: `${reason}, which is not known here` };
}

/** The words that systemd's parse_boolean takes for no. */
const policiesCount = (commandLine: string): boolean =>
  !/^(0|no|n|false|f|off)$/i.test(kernelParameter(commandLine, 'net.ifnames') ?? '');

/** systemd.net-naming-scheme(7): names for "vif" interfaces came with scheme v250. An unknown scheme is ignored. */
function hasXenNames({ commandLine }: Naming, version: number): boolean {
  const scheme = /^v(\d{3})$/.exec(kernelParameter(commandLine, 'net.naming-scheme') ?? '')?.[1];
  return Math.min(scheme === undefined ? version : Number(scheme), version) >= 250;
}

function whyKernelName(naming: Naming, version: number, link: LinkFile | undefined): string {
  if (naming.masked !== undefined) return naming.masked;
  if (version < 250) return `systemd ${version} has no names of its own for Xen's network devices`;
  if (!policiesCount(naming.commandLine)) return 'net.ifnames=0 is on the kernel command line';
  if (!hasXenNames(naming, version)) {
    return `net.naming-scheme=${kernelParameter(naming.commandLine, 'net.naming-scheme')} is on the kernel command line`;
  }
  return `${link?.path ?? 'systemd'} leaves the kernel's name`;
}
