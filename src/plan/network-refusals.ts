import type { Problem } from '../model.js';

const list = (items: readonly string[]): string => items.join(', ');

/** A guest without ifupdown, and whether its configuration would work under PV as it is. */
export interface UnsupportedNetwork {
  readonly systems: readonly string[];
  readonly keepDhcpWorks: boolean;
}

/** The reasons of the network rule why a guest can't be converted. The codes are stable. */
export const networkRefusals = {
  'no-static-address': (interfaceName: string): Problem => ({
    code: 'no-static-address',
    message: `${interfaceName} gets its address by DHCP, and no static address was given for it`,
    remedy: 'give --address ADDRESS/PREFIX and --gateway ADDRESS (or a --site), or --keep-dhcp',
  }),
  'several-dhcp-interfaces': (names: readonly string[]): Problem => ({
    code: 'several-dhcp-interfaces',
    message: `several interfaces get their address by DHCP: ${list(names)}`,
    remedy: 'say with --interface NAME which of them gets the static address',
  }),
  'interface-not-found': (wanted: string, names: readonly string[]): Problem => ({
    code: 'interface-not-found',
    message: `the guest's /etc/network/interfaces has no interface ${wanted}; it has ${list(names) || 'none'}`,
    remedy: 'name one of these with --interface, or leave the option out',
  }),
  'interface-not-dhcp': (name: string, methods: readonly string[]): Problem => ({
    code: 'interface-not-dhcp',
    message: `${name} has no IPv4 address of its own to replace (its method is ${list(methods)})`,
    remedy: 'name the interface that has the address with --interface: of a bridge or bond, not of its ports',
  }),
  'ambiguous-network': (detail: string): Problem => ({
    code: 'ambiguous-network',
    message: `what the guest's network configuration means for its card under PV is not clear: ${detail}`,
    remedy:
      'say the interface with --interface NAME, or make the configuration plain in the running guest first',
  }),
  'unsupported-network': ({ systems, keepDhcpWorks }: UnsupportedNetwork): Problem => ({
    code: 'unsupported-network',
    message:
      systems.length === 0
        ? 'the guest has no network configuration that is understood (/etc/network/interfaces has no interface)'
        : `the guest's network is configured by ${list(systems)}; only ifupdown is supported so far`,
    remedy: keepDhcpWorks
      ? 'give --keep-dhcp to leave the configuration as it is, or configure the network with ifupdown in the running guest'
      : 'configure the network in /etc/network/interfaces in the running guest, then convert',
  }),
  'address-differs': (wanted: string, present: readonly string[]): Problem => ({
    code: 'address-differs',
    message: `no interface uses DHCP, and none has ${wanted}; configured is ${list(present) || 'no address'}`,
    remedy: 'leave --address out to keep what is configured, or change it in the running guest',
  }),
} as const;
