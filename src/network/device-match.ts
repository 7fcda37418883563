import { matchesGlob } from './glob.js';

/** A network device of Xen as udev meets it in the guest before it has its final name. */
export interface XenNetworkDevice {
  /** Number of the network interface in the VM's configuration, from 0. */
  readonly handle: number;
  /** What the guest's files call this card today: a rule that gives this name by MAC address is about this card. */
  readonly currentName: string;
  /** Lower case, with colons; undefined when nobody said it. */
  readonly mac?: string;
}

/** `unknown`: it depends on something that the guest's files don't say. */
export type MatchResult = 'yes' | 'no' | 'unknown';

/** What the kernel calls the device, as long as nothing else names it. */
export const kernelName = ({ handle }: XenNetworkDevice): string => `eth${handle}`;

/** The driver's name in sysfs and for ethtool: xen_bus names the device type `vif`. */
export const xenDriver = 'vif';

/** The stricter of several results: one `no` decides, else one `unknown` does. */
export function allMatch(results: readonly MatchResult[]): MatchResult {
  if (results.includes('no')) return 'no';
  return results.includes('unknown') ? 'unknown' : 'yes';
}

/** Whether one of these patterns matches a value. */
export const globsMatch = (patterns: readonly string[], value: string): MatchResult =>
  patterns.some((pattern) => matchesGlob(pattern, value)) ? 'yes' : 'no';

/**
 * Whether a list of MAC addresses holds the device's. When its address isn't known, a rule that gives the name
 * which the guest uses today is taken to be about this card, because the VM keeps its address; others are not.
 */
export function macMatches(
  device: XenNetworkDevice,
  macs: readonly string[],
  givenName: string,
): MatchResult {
  if (device.mac !== undefined) {
    const wanted = device.mac;
    return macs.some((mac) => matchesGlob(mac.toLowerCase().replaceAll('-', ':'), wanted)) ? 'yes' : 'no';
  }
  return givenName === device.currentName ? 'yes' : 'no';
}
