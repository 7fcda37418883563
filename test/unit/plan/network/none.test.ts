import test from 'ava';
import type { NetworkRequest } from '../../../../src/model.js';
import {
  address,
  type Files,
  filesAfter,
  keep,
  link,
  type NetworkGuest,
  noAddress,
  planned,
  textsOf,
  withDns,
} from './planned.js';

const interfaces = '/etc/network/interfaces';
const lo = 'auto lo\niface lo inet loopback\n';
const stanza = (name: string, dns = '') =>
  `\nauto ${name}\niface ${name} inet static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1\n${dns}`;
const networkd: Files = { '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service': link() };
const plain: Files = { '/etc/resolv.conf': 'nameserver 10.0.0.53\n' };

/** As config_space/files/etc of Debian's cloud images has them (buster, bullseye). */
const cloud: Files = {
  ...plain,
  [interfaces]: `# Include files from /etc/network/interfaces.d:\nsource-directory /etc/network/interfaces.d\n\nsource-directory /run/network/interfaces.d\n`,
  '/etc/network/cloud-ifupdown-helper': '#!/bin/bash\n',
  '/etc/network/cloud-interfaces-template':
    'auto $INTERFACE\nallow-hotplug $INTERFACE\n\niface $INTERFACE inet dhcp\n',
  '/etc/udev/rules.d/75-cloud-ifupdown.rules':
    '# Handle allow-hotplug interfaces\nSUBSYSTEM=="net", ACTION=="add", ENV{INTERFACE}=="eth*|en*", RUN+="/etc/network/cloud-ifupdown-helper"\n',
};

interface Edited extends NetworkGuest {
  readonly title: string;
  readonly request?: NetworkRequest;
  readonly after: Readonly<Record<string, string>>;
}

const edited: readonly Edited[] = [
  {
    title: 'ifupdown is installed',
    packages: { ifupdown: '0.8.41' },
    files: { ...plain, [interfaces]: lo },
    after: { [interfaces]: lo + stanza('enX0') },
  },
  {
    title: 'ifupdown without a file, the user names the card, resolvconf reads the servers',
    packages: { ifupdown: '0.8.41', resolvconf: '1' },
    systemd: 247,
    request: { ...withDns, interface: 'ens3' },
    files: {
      '/etc/resolvconf/resolv.conf.d/base': '',
      '/etc/resolv.conf': link('/run/resolvconf/resolv.conf'),
    },
    after: { [interfaces]: lo + stanza('eth0', '    dns-nameservers 18.70.0.160 18.71.0.151\n') },
  },
  {
    title: 'resolvconf is gone, its files are not',
    packages: { ifupdown: '0.8.41' },
    request: withDns,
    files: { ...plain, [interfaces]: lo, '/etc/network/if-up.d/000resolvconf': '' },
    after: {
      [interfaces]: lo + stanza('enX0'),
      '/etc/resolv.conf': 'nameserver 18.70.0.160\nnameserver 18.71.0.151\n',
    },
  },
  {
    title: 'netplan is installed',
    packages: { 'netplan.io': '1.1.2' },
    request: withDns,
    files: networkd,
    after: {
      '/etc/netplan/90-enX0.yaml':
        'network:\n  version: 2\n  ethernets:\n    enX0:\n      addresses: [18.181.3.4/16]\n      routes:\n        - to: default\n          via: 18.181.0.1\n      nameservers:\n        addresses: [18.70.0.160, 18.71.0.151]\n',
    },
  },
  {
    title: 'systemd-networkd is enabled',
    request: withDns,
    files: networkd,
    after: {
      '/etc/systemd/network/10-enX0.network':
        '[Match]\nName=enX0\n\n[Network]\nAddress=18.181.3.4/16\nGateway=18.181.0.1\nDNS=18.70.0.160\nDNS=18.71.0.151\n',
    },
  },
  {
    title: 'a cloud image that asks DHCP for every card',
    packages: { ifupdown: '0.8.36' },
    systemd: 247,
    files: cloud,
    after: { [interfaces]: `${cloud[interfaces]}${stanza('eth0')}` },
  },
  {
    title: 'dhcpcd',
    request: withDns,
    files: {
      '/etc/systemd/system/multi-user.target.wants/dhcpcd.service': link(),
      '/etc/dhcpcd.conf': 'hostname\n',
    },
    after: {
      '/etc/dhcpcd.conf':
        'hostname\n\ninterface enX0\nstatic ip_address=18.181.3.4/16\nstatic routers=18.181.0.1\nstatic domain_name_servers=18.70.0.160 18.71.0.151\n',
    },
  },
  {
    title: 'dhcpcd with a block of the card',
    files: {
      ...plain,
      '/etc/systemd/system/multi-user.target.wants/dhcpcd.service': link(),
      '/etc/dhcpcd.conf': 'allowinterfaces ens3\ninterface ens3\nmetric 5\n',
    },
    after: {
      '/etc/dhcpcd.conf':
        'allowinterfaces enX0\ninterface enX0\nstatic ip_address=18.181.3.4/16\nstatic routers=18.181.0.1\nmetric 5\n',
    },
  },
];

for (const { title, request = address, after, ...guest } of edited) {
  test(`edits: ${title}`, (t) => {
    const result = planned(guest, request);
    t.deepEqual(result.problems, []);
    t.deepEqual(textsOf(result), { ...after });
    t.deepEqual(result.notices, []);
  });
  test(`once is enough: ${title}`, (t) => {
    const files = filesAfter(guest, planned(guest, request));
    for (const again of [planned({ ...guest, files }, request), planned({ ...guest, files }, keep)]) {
      t.deepEqual([again.problems, again.edits], [[], []]);
    }
  });
}

const said: readonly (readonly [
  title: string,
  guest: NetworkGuest,
  request: NetworkRequest,
  problems: readonly string[],
  notices: readonly string[],
])[] = [
  ['no address', { files: { [interfaces]: lo } }, noAddress, [], ['no-network']],
  ['keep DHCP', { files: { [interfaces]: lo } }, keep, [], []],
  [
    'nothing can take it',
    { files: { [interfaces]: lo }, packages: { bash: '5' } },
    address,
    ['unsupported-network'],
    [],
  ],
  ['the cloud image, no address', { files: cloud }, noAddress, ['no-static-address'], []],
  ['the cloud image, keep DHCP', { files: cloud }, keep, [], []],
  [
    "the cloud image for Azure, whose script isn't for cards of Xen",
    {
      files: {
        ...cloud,
        '/etc/udev/rules.d/75-cloud-ifupdown.rules':
          'SUBSYSTEM=="net", DRIVERS=="hv_netvsc", RUN+="/etc/network/cloud-ifupdown-helper"\n',
      },
    },
    noAddress,
    [],
    ['no-network'],
  ],
  [
    'ifupdown was removed, its file was not',
    { files: { [interfaces]: 'auto ens3\niface ens3 inet dhcp\n' }, packages: { bash: '5' } },
    noAddress,
    [],
    ['no-network'],
  ],
  [
    'wireless only',
    { files: { [interfaces]: 'auto wlan0\niface wlan0 inet dhcp\n wpa-ssid x\n' } },
    noAddress,
    [],
    ['no-network'],
  ],
];

for (const [title, guest, request, problems, notices] of said) {
  test(`said: ${title}`, (t) => {
    const result = planned(guest, request);
    t.deepEqual([result.problems.map(({ code }) => code), result.edits], [[...problems], []]);
    t.deepEqual(
      result.notices.map(({ code }) => code),
      [...notices],
    );
  });
}
