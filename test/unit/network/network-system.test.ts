import test from 'ava';
import { filesNaming } from '../../../src/network/name-mentions.js';
import { otherNetworkSystems, worksUnderName } from '../../../src/network/network-system.js';
import { guestTree } from './guest-tree-of.js';

for (const [title, files, name, works] of [
  ['nothing at all', {}, undefined, true],
  [
    'netplan with another name',
    { '/etc/netplan/50-cloud-init.yaml': 'network:\n  ethernets:\n    ens3: {dhcp4: true}\n' },
    'netplan',
    false,
  ],
  [
    'netplan with the name',
    { '/etc/netplan/a.yaml': 'network:\n  ethernets:\n    enX0: {dhcp4: true}\n' },
    'netplan',
    true,
  ],
  [
    'netplan with a pattern',
    { '/etc/netplan/90-default.yaml': 'ethernets:\n  all-en:\n    match: {name: en*}\n    dhcp4: true\n' },
    'netplan',
    true,
  ],
  [
    'networkd with a pattern for others',
    { '/etc/systemd/network/a.network': '[Match]\nName=eth*\n[Network]\nDHCP=yes\n' },
    'systemd-networkd',
    false,
  ],
  [
    'networkd with several patterns',
    { '/etc/systemd/network/a.network': '[Match]\nName=eth* en*\n' },
    'systemd-networkd',
    true,
  ],
  [
    'networkd by MAC address, an old name in a comment',
    { '/etc/systemd/network/a.network': '# was ens3\n[Match]\nMACAddress=00:16:3e:00:00:01\n' },
    'systemd-networkd',
    true,
  ],
  [
    'NetworkManager without connections',
    { '/etc/NetworkManager/NetworkManager.conf': '[main]\n' },
    'NetworkManager',
    true,
  ],
  [
    'NetworkManager with a name',
    { '/etc/NetworkManager/system-connections/lan.nmconnection': 'interface-name=ens3\n' },
    'NetworkManager',
    false,
  ],
] as const) {
  test(`not ifupdown: ${title}`, (t) => {
    const tree = guestTree(files);
    const systems = otherNetworkSystems(tree);
    t.is(systems[0]?.name, name);
    t.is(worksUnderName(tree, systems, 'enX0'), works);
  });
}

test('other files that name a card outside of comments', (t) => {
  const tree = guestTree({
    '/etc/nftables.conf': 'iifname "ens3" accept\n',
    '/etc/iptables/rules.v4': '# ens3\n-A INPUT -i ens30 -j DROP\n',
    '/etc/sysctl.d/local.conf': 'net.ipv4.conf.ens3.rp_filter = 0\n',
    '/etc/dhcp/dhclient.conf': 'interface "ens3" {}\n',
    '/etc/motd': 'ens3\n',
  });
  t.deepEqual(filesNaming(tree, 'ens3'), [
    '/etc/nftables.conf',
    '/etc/sysctl.d/local.conf',
    '/etc/dhcp/dhclient.conf',
  ]);
});
