import type { Problem } from '../model.js';

const list = (items: readonly string[]): string => items.join(', ');

/** The reasons of the network rule why a guest can't be converted. The codes are stable. */
export const networkRefusals = {
  'no-static-address': (interfaceName: string): Problem => ({
    code: 'no-static-address',
    message: `${interfaceName} gets its address by DHCP, and no static address was given for it`,
    remedy: 'give --address ADDRESS/PREFIX and --gateway ADDRESS (or a --site), or --keep-dhcp',
  }),
  'record-addresses-unclear': (record: string, addresses: readonly string[]): Problem => ({
    code: 'record-addresses-unclear',
    message: `no static address was given, and ${record} has several cards or addresses: ${list(addresses)}`,
    remedy: 'say which address is meant with --address ADDRESS/PREFIX',
  }),
  'record-without-netmask': (record: string, address: string): Problem => ({
    code: 'record-without-netmask',
    message: `${record} gives the guest the address ${address}, and nothing says how large its network is`,
    remedy: 'give --netmask MASK (and --gateway ADDRESS), or a --site that has them',
  }),
  'record-address-unfit': (record: string, detail: string): Problem => ({
    code: 'record-address-unfit',
    message: `what ${record} says about the guest's network can't be used: ${detail}`,
    remedy: 'correct the record, or give --address ADDRESS/PREFIX and --gateway ADDRESS',
  }),
  'several-dhcp-interfaces': (names: readonly string[]): Problem => ({
    code: 'several-dhcp-interfaces',
    message: `several interfaces get their address by DHCP: ${list(names)}`,
    remedy: 'say with --interface NAME which of them gets the static address',
  }),
  'interface-not-found': (wanted: string, names: readonly string[]): Problem => ({
    code: 'interface-not-found',
    message: `the guest's network configuration has no interface ${wanted}; it has ${list(names) || 'none'}`,
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
  'unsupported-network': (): Problem => ({
    code: 'unsupported-network',
    message:
      'nothing in the guest would configure a network card at its boot: neither ifupdown nor netplan is installed, and no network service is enabled',
    remedy: 'install and enable one of them in the running guest, or leave --address out',
  }),
  'address-differs': (wanted: string, present: readonly string[]): Problem => ({
    code: 'address-differs',
    message: `no interface uses DHCP, and none has ${wanted}; configured is ${list(present) || 'no address'}`,
    remedy: 'leave --address out to keep what is configured, or change it in the running guest',
  }),
} as const;
