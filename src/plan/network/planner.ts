import type { Facts, NetworkRequest, RuleResult } from '../../model.js';

/** One way to configure a guest's network: how it is recognised and what makes it work under PV. */
export interface NetworkPlanner {
  /** As people call it: `netplan`. */
  readonly name: string;
  /** What it configures in this guest (interface names or ids of Ethernet cards, bridges, bonds); empty: it isn't in charge. Loopback doesn't count. */
  readonly claims: (facts: Facts) => readonly string[];
  readonly plan: (facts: Facts, request: NetworkRequest) => RuleResult;
}
