import { dhcpcdPlanner } from './dhcpcd.js';
import { ifupdownPlanner } from './ifupdown.js';
import { netplanPlanner } from './netplan.js';
import { networkManagerPlanner } from './network-manager.js';
import { networkdPlanner } from './networkd.js';
import type { NetworkPlanner } from './planner.js';

/**
 * Every way to configure a network that is understood, in the order in which they get hold of a card: netplan is a
 * generator that writes for the others before any of them starts; ifupdown's interfaces are left alone by
 * NetworkManager; networkd takes what a file of its own matches; NetworkManager takes all that is left; dhcpcd counts
 * only where it is alone.
 */
export const networkPlanners: readonly NetworkPlanner[] = [
  netplanPlanner,
  ifupdownPlanner,
  networkdPlanner,
  networkManagerPlanner,
  dhcpcdPlanner,
];
