import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import {
  allMatch,
  globsMatch,
  kernelName,
  type MatchResult,
  macMatches,
  type XenNetworkDevice,
  xenDriver,
} from './device-match.js';

/** A line of a udev rules file that gives a network interface its name. */
export interface NamingRule {
  readonly path: string;
  readonly name: string;
  /** The comparisons of the line: key (`ATTR{address}`), whether `==` or `!=`, pattern. */
  readonly conditions: readonly { readonly key: string; readonly equal: boolean; readonly pattern: string }[];
}

const directory = '/etc/udev/rules.d';

/** The lines below /etc/udev/rules.d that name network interfaces, in the order in which udev reads them. */
export function namingRules(tree: GuestTree): NamingRule[] {
  return namesIn(tree, directory)
    .filter((name) => name.endsWith('.rules'))
    .flatMap((name) => rulesIn(`${directory}/${name}`, textAt(tree, `${directory}/${name}`) ?? ''));
}

/**
 * Whether the guest switched off udev's own naming by an empty file in place of its rules: how it was done before
 * .link files, and still works.
 */
export function ownNamingIsMasked(tree: GuestTree): boolean {
  return ['80-net-setup-link.rules', '80-net-name-slot.rules'].some((name) => {
    const node = tree.get(`${directory}/${name}`);
    if (node?.kind === 'symlink') return node.target === '/dev/null';
    return node?.kind === 'file' && node.text.trim() === '';
  });
}

/** Whether a rule's comparisons hold for the device. */
export function ruleMatches(rule: NamingRule, device: XenNetworkDevice): MatchResult {
  return allMatch(
    rule.conditions.map(({ key, equal, pattern }) => {
      const result = conditionHolds(key, pattern, rule.name, device);
      if (equal || result === 'unknown') return result;
      return result === 'yes' ? 'no' : 'yes';
    }),
  );
}

/** The lines of one rules file that assign NAME for good, whatever their comparisons. */
export function rulesIn(path: string, text: string): NamingRule[] {
  const lines = text.replaceAll('\\\n', '').split('\n');
  return lines.flatMap((line) => {
    if (/^[ \t]*(#|$)/.test(line)) return [];
    const pairs = [
      ...line.matchAll(/(?<![A-Z])([A-Z]{1,24}(?:\{[^}"]{0,80}\})?)[ \t]*(==|!=|:=|\+=|=)[ \t]*"([^"]*)"/g),
    ];
    const name = pairs.find(([, key, operator]) => key === 'NAME' && /^:?=$/.test(operator ?? ''))?.[3];
    // A name with a variable in it comes from elsewhere in the rules, usually from net_setup_link.
    if (name === undefined || !/^[\w.-]+$/.test(name)) return [];
    const conditions = pairs
      .filter(([, , operator]) => operator === '==' || operator === '!=')
      .map(([, key = '', operator, pattern = '']) => ({ key, equal: operator === '==', pattern }));
    // NAME is also how device nodes were named; for interfaces the line, or one before it, says "net".
    const isNet = conditions.every(
      ({ key, equal, pattern }) => key !== 'SUBSYSTEM' || (equal && pattern === 'net'),
    );
    return isNet ? [{ path, name, conditions }] : [];
  });
}

function conditionHolds(key: string, pattern: string, name: string, device: XenNetworkDevice): MatchResult {
  const patterns = pattern.split('|');
  if (/^ATTRS?\{address\}$/.test(key)) return macMatches(device, patterns, name);
  const values = knownValues(device)[key];
  if (values === undefined) return 'unknown';
  return values.some((value) => globsMatch(patterns, value) === 'yes') ? 'yes' : 'no';
}

/** What udev finds for a vif of Xen. The keys in the plural also look at the parent, `vif-0` on the bus `xen`. */
const knownValues = (device: XenNetworkDevice): Readonly<Record<string, readonly string[]>> => ({
  SUBSYSTEM: ['net'],
  SUBSYSTEMS: ['net', 'xen'],
  ACTION: ['add'],
  DRIVER: [''],
  DRIVERS: [xenDriver],
  KERNEL: [kernelName(device)],
  KERNELS: [kernelName(device), `vif-${device.handle}`],
  NAME: [''],
  'ATTR{type}': ['1'],
  'ATTR{dev_id}': ['0x0'],
  'ATTRS{type}': ['1'],
  'ATTRS{dev_id}': ['0x0'],
  'ENV{ID_NET_DRIVER}': [xenDriver],
});
