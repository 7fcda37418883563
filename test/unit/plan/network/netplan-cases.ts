import type { NetworkRequest } from '../../../../src/model.js';

/** A guest with netplan, a request, and what comes out of it. The texts are those of /etc/netplan, by file name. */
export interface NetplanCase {
  readonly title: string;
  readonly before: Readonly<Record<string, string>>;
  /** The files that change. */
  readonly after: Readonly<Record<string, string>>;
  readonly request?: NetworkRequest;
  readonly systemd?: number;
  readonly packages?: Readonly<Record<string, string>>;
  /** Files elsewhere. */
  readonly files?: Readonly<Record<string, string>>;
  readonly notices?: readonly string[];
  /** Files that netplan's generator then writes below /run, and lines that they have, or lack (`-` before them). */
  readonly generated: Readonly<Record<string, readonly string[]>>;
}

/** What the command line of the origin page asks for. */
export const address: NetworkRequest = {
  policy: 'static',
  address: '18.181.3.4',
  prefix: 16,
  gateway: '18.181.0.1',
  dns: [],
};
const withDns: NetworkRequest = { ...address, dns: ['18.70.0.160', '2001:db8::53'] };
export const keep: NetworkRequest = { policy: 'keep-dhcp', dns: [] };

/** What networkd is told of the static interface. */
const fixed = ['Address=18.181.3.4/16', 'Gateway=18.181.0.1', '-DHCP=ipv4', '-DHCP=yes'];
const network = (id: string) => `systemd/network/10-netplan-${id}.network`;

const old = { 'netplan.io': '0.99-0ubuntu3~18.04.5' };

const genericCloud = `network:
    version: 2
    ethernets:
        all-en:
            match:
                name: en*
            dhcp4: true
            dhcp4-overrides:
                use-domains: true
            dhcp6: true
            dhcp6-overrides:
                use-domains: true
        all-eth:
            match:
                name: eth*
            dhcp4: true
            dhcp4-overrides:
                use-domains: true
            dhcp6: true
            dhcp6-overrides:
                use-domains: true
`;

/** Conversions, each with the judgement of the real netplan. */
export const netplanCases: readonly NetplanCase[] = [
  {
    title: "subiquity's file of jammy: the id is the name, which the kernel gives under PV",
    systemd: 249,
    before: {
      '00-installer-config.yaml':
        "# This is the network config written by 'subiquity'\nnetwork:\n  ethernets:\n    ens3:\n      dhcp4: true\n  version: 2\n",
    },
    after: {
      '00-installer-config.yaml':
        "# This is the network config written by 'subiquity'\nnetwork:\n  ethernets:\n    eth0:\n      dhcp4: false\n      addresses: [18.181.3.4/16]\n      routes: [{to: default, via: 18.181.0.1}]\n  version: 2\n",
    },
    notices: ['no-dns'],
    generated: { [network('eth0')]: ['Name=eth0', ...fixed] },
  },
  {
    title: 'bionic knows gateway4 only',
    systemd: 237,
    packages: old,
    before: { '01.yaml': 'network:\n  version: 2\n  ethernets:\n    ens3: {dhcp4: yes}\n' },
    after: {
      '01.yaml':
        'network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: no, addresses: [18.181.3.4/16], gateway4: 18.181.0.1}\n',
    },
    notices: ['no-dns'],
    generated: { [network('eth0')]: ['Name=eth0', ...fixed] },
  },
  {
    title: "cloud-init's file keeps its MAC address and name; the options of the client go",
    before: {
      '50-cloud-init.yaml':
        '# cloud\nnetwork:\n    ethernets:\n        ens3:\n            dhcp-identifier: mac\n            dhcp4: true\n            dhcp4-overrides:\n                route-metric: 100 # of DHCP\n            # IPv6 stays\n            dhcp6: true\n            match:\n                macaddress: 00:16:3e:12:34:56\n            set-name: ens3\n    version: 2\n',
    },
    after: {
      '50-cloud-init.yaml':
        '# cloud\nnetwork:\n    ethernets:\n        ens3:\n            dhcp4: false\n            addresses: [18.181.3.4/16]\n            routes: [{to: default, via: 18.181.0.1}]\n            # IPv6 stays\n            dhcp6: true\n            match:\n                macaddress: 00:16:3e:12:34:56\n            set-name: ens3\n    version: 2\n',
    },
    notices: ['no-dns', 'card-by-mac'],
    generated: {
      [network('ens3')]: ['Name=ens3', 'DHCP=ipv6', ...fixed],
      'systemd/network/10-netplan-ens3.link': ['PermanentMACAddress=00:16:3e:12:34:56', 'Name=ens3'],
    },
  },
  {
    title: "the patterns of Debian's cloud images: the one that takes the card becomes its name",
    before: { '90-default.yaml': genericCloud },
    after: {
      '90-default.yaml': genericCloud.replace(
        'en*\n            dhcp4: true\n            dhcp4-overrides:\n                use-domains: true\n',
        'enX0\n            dhcp4: false\n            addresses: [18.181.3.4/16]\n            routes: [{to: default, via: 18.181.0.1}]\n',
      ),
    },
    notices: ['no-dns'],
    generated: {
      [network('all-en')]: ['Name=enX0', 'DHCP=ipv6', ...fixed],
      [network('all-eth')]: ['DHCP=yes'],
    },
  },
  {
    title: 'the same where the kernel names the card, with --dns',
    systemd: 247,
    request: withDns,
    before: { '90-default.yaml': genericCloud },
    after: {
      '90-default.yaml': genericCloud.replace(
        'eth*\n            dhcp4: true\n            dhcp4-overrides:\n                use-domains: true\n',
        "eth0\n            dhcp4: false\n            addresses: [18.181.3.4/16]\n            routes: [{to: default, via: 18.181.0.1}]\n            nameservers: {addresses: [18.70.0.160, '2001:db8::53']}\n",
      ),
    },
    generated: {
      [network('all-eth')]: ['Name=eth0', 'DNS=18.70.0.160', 'DNS=2001:db8::53', ...fixed],
      [network('all-en')]: ['Name=en*', 'DHCP=yes'],
    },
  },
  {
    title: "of a pattern and cloud-init's definition for one card, the one that networkd tries first counts",
    before: {
      '50-cloud-init.yaml':
        'network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true, match: {macaddress: "aa:bb:cc:dd:ee:ff"}, set-name: eth0}\n',
      '90-default.yaml': 'network:\n  ethernets:\n    all-eth: {match: {name: "eth*"}, dhcp4: true}\n',
    },
    after: {
      '90-default.yaml':
        'network:\n  ethernets:\n    all-eth: {match: {name: "eth0"}, dhcp4: false, addresses: [18.181.3.4/16], routes: [{to: default, via: 18.181.0.1}]}\n',
    },
    notices: ['no-dns', 'definition-shadowed', 'card-by-mac'],
    generated: { [network('all-eth')]: ['Name=eth0', ...fixed] },
  },
  {
    title: 'a bridge: its address, its port by name in each place',
    before: {
      'br.yaml':
        'network:\n  version: 2\n  ethernets:\n    enp0s3:\n      dhcp4: no\n  bridges:\n    br0:\n      dhcp4: true\n      interfaces: [enp0s3] # the card\n      parameters:\n        stp: false\n        path-cost:\n          enp0s3: 5\n',
    },
    after: {
      'br.yaml':
        'network:\n  version: 2\n  ethernets:\n    enX0:\n      dhcp4: no\n  bridges:\n    br0:\n      dhcp4: false\n      addresses: [18.181.3.4/16]\n      routes: [{to: default, via: 18.181.0.1}]\n      interfaces: [enX0] # the card\n      parameters:\n        stp: false\n        path-cost:\n          enX0: 5\n',
    },
    notices: ['no-dns'],
    generated: {
      [network('br0')]: ['Name=br0', ...fixed],
      [network('enX0')]: ['Name=enX0', 'Bridge=br0', 'Cost=5'],
    },
  },
  {
    title: 'a VLAN on a bond of two cards, its address behind a route of its own',
    before: {
      'a.yaml':
        'network:\n  version: 2\n  ethernets:\n    ens3: {}\n    ens4: {}\n  bonds:\n    bond0:\n      interfaces:\n      - ens3\n      - "ens4"\n      parameters: {mode: active-backup, primary: ens3}\n  vlans:\n    office:\n      id: 5\n      link: bond0\n      dhcp4: true\n      routes:\n        - to: 10.0.0.0/8\n          via: 18.181.0.9\n      dhcp4-overrides: {use-dns: false}\n',
    },
    after: {
      'a.yaml':
        'network:\n  version: 2\n  ethernets:\n    enX0: {}\n    enX1: {}\n  bonds:\n    bond0:\n      interfaces:\n      - enX0\n      - "enX1"\n      parameters: {mode: active-backup, primary: enX0}\n  vlans:\n    office:\n      id: 5\n      link: bond0\n      dhcp4: false\n      addresses: [18.181.3.4/16]\n      routes:\n        - to: 10.0.0.0/8\n          via: 18.181.0.9\n        - {to: default, via: 18.181.0.1}\n',
    },
    notices: ['no-dns', 'interface-order'],
    generated: {
      [network('office')]: ['Name=office', 'Destination=10.0.0.0/8', ...fixed],
      [network('enX1')]: ['Bond=bond0'],
      [network('enX0')]: ['Bond=bond0', 'PrimarySlave=true'],
    },
  },
  {
    title: 'a VLAN directly on the card',
    systemd: 249,
    before: {
      'a.yaml':
        'network:\n  version: 2\n  ethernets: {ens3: {dhcp4: true}}\n  vlans: {v9: {id: 9, link: ens3, addresses: [10.9.0.2/24]}}',
    },
    after: {
      'a.yaml':
        'network:\n  version: 2\n  ethernets: {eth0: {dhcp4: false, addresses: [18.181.3.4/16], routes: [{to: default, via: 18.181.0.1}]}}\n  vlans: {v9: {id: 9, link: eth0, addresses: [10.9.0.2/24]}}',
    },
    notices: ['no-dns'],
    generated: { [network('eth0')]: ['VLAN=v9', ...fixed] },
  },
  {
    title: 'the file whose dhcp4 counts is edited; what another one says of the interface stays',
    systemd: 249,
    before: {
      '10.yaml':
        'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n      mtu: 1400\n      dhcp4-overrides:\n        use-mtu: false\n',
      '20.yaml':
        'network:\n  ethernets:\n    eth0:\n      dhcp4: on\n      nameservers:\n        search: [a.b]\n        addresses:\n        - 9.9.9.9\n        - 8.8.8.8\n',
      'README.yml': 'not read\n',
    },
    after: {
      '10.yaml': 'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n      mtu: 1400\n',
      '20.yaml':
        'network:\n  ethernets:\n    eth0:\n      dhcp4: off\n      addresses: [18.181.3.4/16]\n      routes: [{to: default, via: 18.181.0.1}]\n      nameservers:\n        search: [a.b]\n        addresses: [1.1.1.1]\n',
    },
    request: { ...address, dns: ['1.1.1.1'] },
    generated: {
      [network('eth0')]: ['MTUBytes=1400', 'DNS=1.1.1.1', '-DNS=9.9.9.9', 'Domains=a.b', ...fixed],
    },
  },
  {
    title: 'DHCP is kept: names only, for NetworkManager too',
    request: keep,
    before: {
      '01-network-manager-all.yaml':
        "network:\r\n  version: 2\r\n  renderer: NetworkManager\r\n  ethernets:\r\n    'ens3':\r\n      dhcp4: true\r\n",
    },
    after: {
      '01-network-manager-all.yaml':
        "network:\r\n  version: 2\r\n  renderer: NetworkManager\r\n  ethernets:\r\n    'enX0':\r\n      dhcp4: true\r\n",
    },
    generated: {
      'NetworkManager/system-connections/netplan-enX0.nmconnection': ['interface-name=enX0', 'method=auto'],
    },
  },
  {
    title: 'static for NetworkManager, CRLF kept',
    before: {
      '01.yaml':
        'network:\r\n  version: 2\r\n  renderer: NetworkManager\r\n  ethernets:\r\n    ens3:\r\n      dhcp4: true\r\n',
    },
    after: {
      '01.yaml':
        'network:\r\n  version: 2\r\n  renderer: NetworkManager\r\n  ethernets:\r\n    enX0:\r\n      dhcp4: false\r\n      addresses: [18.181.3.4/16]\r\n      routes: [{to: default, via: 18.181.0.1}]\r\n',
    },
    notices: ['no-dns'],
    generated: {
      'NetworkManager/system-connections/netplan-enX0.nmconnection': [
        'interface-name=enX0',
        'method=manual',
        'address1=18.181.3.4/16',
        'route1=0.0.0.0/0,18.181.0.1',
      ],
    },
  },
  {
    title: 'a name in a match; --interface by its former name; the other card keeps DHCP',
    request: { ...address, interface: 'ens3' },
    before: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    lan:\n      match: {name: ens3}\n      dhcp4: true\n      dhcp6: false\n    wan:\n      match:\n        name: "ens4"\n      dhcp4: true\n',
    },
    after: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    lan:\n      match: {name: enX0}\n      dhcp4: false\n      addresses: [18.181.3.4/16]\n      routes: [{to: default, via: 18.181.0.1}]\n      dhcp6: false\n    wan:\n      match:\n        name: "enX1"\n      dhcp4: true\n',
    },
    notices: ['no-dns', 'interface-order'],
    generated: { [network('lan')]: ['Name=enX0', ...fixed], [network('wan')]: ['Name=enX1', 'DHCP=ipv4'] },
  },
  {
    title: 'a driver, and addresses beside DHCP',
    before: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    card:\n      match: {driver: e1000}\n      dhcp4: TRUE\n      addresses:\n      - "10.9.8.7/24"\n      # second\n      - 2001:db8::7/64\n',
    },
    after: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    card:\n      match: {driver: vif}\n      dhcp4: FALSE\n      addresses:\n      - "10.9.8.7/24"\n      # second\n      - 2001:db8::7/64\n      - 18.181.3.4/16\n      routes: [{to: default, via: 18.181.0.1}]\n',
    },
    notices: ['no-dns'],
    generated: {
      [network('card')]: ['Driver=vif', 'Address=10.9.8.7/24', 'Address=2001:db8::7/64', ...fixed],
    },
  },
  {
    title: 'a pattern that takes no card any more, with DHCP kept',
    systemd: 249,
    request: keep,
    before: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    any:\n      match:\n        name: "en*"\n      dhcp4: true\n',
    },
    after: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    any:\n      match:\n        name: "eth*"\n      dhcp4: true\n',
    },
    generated: { [network('any')]: ['Name=eth*', 'DHCP=ipv4'] },
  },
  {
    title: 'a static guest: the name only',
    systemd: 245,
    request: address,
    before: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    ens3:\n      addresses: [18.181.3.4/16]\n      gateway4: 18.181.0.1\n      nameservers: {addresses: [1.1.1.1]}\n  wifis:\n    wlan0: {dhcp4: true, access-points: {home: {}}}\n',
    },
    after: {
      'x.yaml':
        'network:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [18.181.3.4/16]\n      gateway4: 18.181.0.1\n      nameservers: {addresses: [1.1.1.1]}\n  wifis:\n    wlan0: {dhcp4: true, access-points: {home: {}}}\n',
    },
    generated: { [network('eth0')]: ['Name=eth0', ...fixed] },
  },
];
