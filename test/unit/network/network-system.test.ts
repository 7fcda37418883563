import test from 'ava';
import { filesNaming } from '../../../src/network/name-mentions.js';
import { systemsWithFiles } from '../../../src/network/network-system.js';
import { guestTree } from './guest-tree-of.js';

test('files of netplan and systemd-networkd', (t) => {
  const tree = guestTree({
    '/etc/netplan/50-cloud-init.yaml': '',
    '/etc/netplan/x.yaml.bak': '',
    '/etc/systemd/network/b.network': '',
    '/etc/systemd/network/a.netdev': '',
    '/etc/systemd/network/10-lan.link': '',
  });
  t.deepEqual(systemsWithFiles(tree), [
    { name: 'netplan', files: ['/etc/netplan/50-cloud-init.yaml'] },
    {
      name: 'systemd-networkd',
      files: ['/etc/systemd/network/a.netdev', '/etc/systemd/network/b.network'],
    },
  ]);
  t.deepEqual(systemsWithFiles(guestTree({})), []);
});

test('other files that name a card outside of comments', (t) => {
  const tree = guestTree({
    '/etc/nftables.conf': 'iifname "ens3" accept\n',
    '/etc/iptables/rules.v4': '# ens3\n-A INPUT -i ens30 -j DROP\n',
    '/etc/iptables/rules.v6': '-A INPUT -i ens3 -j DROP\n',
    '/etc/sysctl.d/local.conf': 'net.ipv4.conf.ens3.rp_filter = 0\n',
    '/etc/dhcp/dhclient.conf': 'interface "ens3" {}\n',
    '/etc/default/isc-dhcp-server': 'INTERFACESv4="ens3 ens4"\n',
    '/etc/shorewall/interfaces': 'net\tens3\ttcpflags\n',
    '/etc/firewalld/zones/public.xml': '<interface name="ens3"/>\n',
    '/etc/snmp/snmpd.conf.d/x.conf': 'interface ens3 6 1\n',
    '/etc/samba/smb.conf': '; interfaces = ens3\n',
    '/etc/ddclient.conf': 'use=if, if=ens3\n',
    '/etc/munin/plugins/if_ens3': { kind: 'symlink', target: '/usr/share/munin/plugins/if_' },
    '/etc/systemd/system/multi-user.target.wants/ifup@ens3.service': { kind: 'symlink', target: '/lib/x' },
    '/etc/systemd/system/a.service': '[Unit]\nBindsTo=sys-subsystem-net-devices-ens3.device\n',
    '/etc/motd': 'ens3\n',
  });
  t.deepEqual(filesNaming(tree, 'ens3'), [
    '/etc/ddclient.conf',
    '/etc/default/isc-dhcp-server',
    '/etc/dhcp/dhclient.conf',
    '/etc/firewalld/zones/public.xml',
    '/etc/iptables/rules.v6',
    '/etc/munin/plugins/if_ens3',
    '/etc/nftables.conf',
    '/etc/shorewall/interfaces',
    '/etc/snmp/snmpd.conf.d/x.conf',
    '/etc/sysctl.d/local.conf',
    '/etc/systemd/system/a.service',
    '/etc/systemd/system/multi-user.target.wants/ifup@ens3.service',
  ]);
});
