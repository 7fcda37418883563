import type { Facts, NetworkRequest, RuleResult } from '../../model.js';
import { networkRefusals } from '../network-refusals.js';
import { networkdRuns } from './networkd.js';
import { planNewNetplan, planNewNetwork, planNewStanza } from './new-configuration.js';

const nothing: RuleResult = { edits: [], problems: [], notices: [] };

/**
 * What becomes of a guest in which nothing configures a network card: an address that was given goes to the system that
 * is there to take it: ifupdown, because its stanzas also say who starts them; netplan, which starts what it writes for;
 * systemd-networkd, where it is enabled. (NetworkManager
 * and dhcpcd never have nothing to do: they ask DHCP for a card that no file names.)
 */
export function planWithoutNetwork(facts: Facts, request: NetworkRequest): RuleResult {
  if (request.policy === 'keep-dhcp') return nothing;
  if (request.address === undefined) {
    const message = 'the guest has no network configuration that it uses at boot';
    return { ...nothing, notices: [{ code: 'no-network', message }] };
  }
  if (hasIfupdown(facts)) return planNewStanza(facts, request);
  if (['netplan.io', 'nplan'].some((name) => facts.packages.has(name))) return planNewNetplan(facts, request);
  if (networkdRuns(facts.tree)) return planNewNetwork(facts, request);
  return { ...nothing, problems: [networkRefusals['unsupported-network']()] };
}

/** ifupdown and what came after it under other names, which read the same file. */
const hasIfupdown = ({ packages }: Facts): boolean =>
  ['ifupdown', 'ifupdown2', 'ifupdown-ng'].some((name) => packages.has(name));
