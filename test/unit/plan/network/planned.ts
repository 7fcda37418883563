import type { Facts, GuestNode, NetworkRequest, RuleResult } from '../../../../src/model.js';
import { networkRule } from '../../../../src/plan/rules/network.js';
import { guestTree } from '../../network/guest-tree-of.js';
import { factsOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

export type Files = Readonly<Record<string, string | GuestNode>>;

/** What was asked for in the origin page's way. */
export const address: NetworkRequest = {
  policy: 'static',
  address: '18.181.3.4',
  prefix: 16,
  gateway: '18.181.0.1',
  dns: [],
};
export const withDns: NetworkRequest = { ...address, dns: ['18.70.0.160', '18.71.0.151'] };
export const noAddress: NetworkRequest = { policy: 'static', dns: [] };
export const keep: NetworkRequest = { policy: 'keep-dhcp', dns: [] };

/** A link, as systemctl makes it. */
export const link = (target = '/lib/x'): GuestNode => ({ kind: 'symlink', target });

export interface NetworkGuest {
  readonly files: Files;
  /** 252, as in bookworm, unless said otherwise. */
  readonly systemd?: number;
  readonly packages?: Readonly<Record<string, string>>;
}

/** The facts of a guest of these files. */
export const guestOf = ({ files, systemd = 252, packages = {} }: NetworkGuest): Facts => ({
  ...factsOf({}, { systemdVersion: systemd, packages: new Map(Object.entries(packages)) }),
  tree: guestTree(files),
});

/** What the network rule wants of a guest. */
export const planned = (guest: NetworkGuest, network: NetworkRequest): RuleResult =>
  networkRule.apply(guestOf(guest), requestOf(network));

/** The guest's files after the rule's edits. */
export function filesAfter({ files }: NetworkGuest, { edits }: RuleResult): Files {
  const after: Record<string, string | GuestNode> = { ...files };
  for (const { path, node } of edits) {
    if (node.kind === 'absent') delete after[path];
    else after[path] = node.kind === 'file' ? { ...node, mode: node.mode ?? modeAt(files, path) } : node;
  }
  return after;
}

const modeAt = (files: Files, path: string): number => {
  const node = files[path];
  return typeof node === 'object' && node.kind === 'file' ? node.mode : 0o644;
};

/** Path to text of what a result writes. */
export const textsOf = ({ edits }: RuleResult): Record<string, string> =>
  Object.fromEntries(edits.map(({ path, node }) => [path, node.kind === 'file' ? node.text : node.kind]));
