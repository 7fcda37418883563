import type { GuestTree } from '../model.js';
import { interfacePattern } from './ifupdown-edits.js';

/**
 * What often names an interface beside the network configuration, as Debian's packages install it: firewalls, servers of
 * addresses and names, routing, monitoring, kernel settings, hooks. A path stands for a file or for all in a folder.
 */
const places = [
  // Firewalls and traffic shaping.
  ...[
    'nftables.conf',
    'nftables.d',
    'iptables',
    'iptables.rules',
    'iptables.up.rules',
    'ufw',
    'default/ufw',
    'ferm',
  ],
  ...[
    'shorewall',
    'shorewall6',
    'shorewall-lite',
    'firewalld',
    'arno-iptables-firewall',
    'firehol',
    'fwbuilder',
  ],
  ...['fail2ban', 'psad', 'ulogd.conf', 'miniupnpd', 'default/miniupnpd', 'wondershaper'],
  // Addresses and names.
  ...[
    'dhcp',
    'dhcp3',
    'default/isc-dhcp-server',
    'default/isc-dhcp-relay',
    'default/dhcp3-server',
    'dhcpcd.conf',
    'kea',
  ],
  ...[
    'default/udhcpd',
    'udhcpd.conf',
    'dnsmasq.conf',
    'dnsmasq.d',
    'default/dnsmasq',
    'radvd.conf',
    'wide-dhcpv6',
  ],
  ...[
    'avahi/avahi-daemon.conf',
    'ddclient.conf',
    'inadyn.conf',
    'unbound',
    'pdnsd.conf',
    'resolvconf/interface-order',
  ],
  // Tunnels, routing, clusters, virtual machines.
  ...[
    'openvpn',
    'wireguard',
    'ipsec.conf',
    'ipsec.d',
    'swanctl',
    'tinc',
    'ppp',
    'quagga',
    'frr',
    'bird',
    'bird.conf',
  ],
  ...[
    'keepalived',
    'ucarp',
    'ha.d',
    'corosync',
    'conntrackd',
    'igmpproxy.conf',
    'mrouted.conf',
    'default/bridges',
  ],
  ...['lxc', 'libvirt/qemu', 'docker/daemon.json', 'hostapd', 'default/hostapd', 'pptpd.conf', 'xl2tpd'],
  // Watching and measuring.
  ...[
    'snmp',
    'default/snmpd',
    'vnstat.conf',
    'collectd',
    'monit',
    'munin/plugin-conf.d',
    'suricata',
    'snort',
  ],
  ...[
    'default/arpwatch',
    'arpwatch',
    'default/ntop',
    'default/lldpd',
    'lldpd.d',
    'default/ifplugd',
    'darkstat',
    'zabbix',
  ],
  ...['ntp.conf', 'ntpsec', 'chrony', 'samba/smb.conf', 'nagios', 'bandwidthd'],
  // Settings and scripts of the system.
  ...[
    'sysctl.conf',
    'sysctl.d',
    'rc.local',
    'default/networking',
    'init.d',
    'systemd/system',
    'cron.d',
    'crontab',
  ],
  ...[
    'network/if-pre-up.d',
    'network/if-up.d',
    'network/if-down.d',
    'network/if-post-down.d',
    'networkd-dispatcher',
  ],
  ...['NetworkManager/dispatcher.d', 'NetworkManager/conf.d', 'NetworkManager/NetworkManager.conf'],
].map((place) => `/etc/${place}`);

/** Folders whose files carry an interface in their names: `ifup@eth0.service`, `if_eth0`. */
const namingFolders = ['/etc/systemd/system/', '/etc/munin/plugins/'];

/**
 * Which of the typical other places name this interface: in a line that is no comment, or in a file's own name. Their
 * paths, sorted.
 */
export function filesNaming(tree: GuestTree, name: string): string[] {
  const pattern = interfacePattern(name);
  const found: string[] = [];
  for (const [path, node] of tree) {
    if (!path.startsWith('/etc/')) continue;
    const isNamed = namingFolders.some((folder) => path.startsWith(folder)) && endsWithName(path, name);
    const isPlace =
      node.kind === 'file' && places.some((place) => path === place || path.startsWith(`${place}/`));
    if (isNamed || (isPlace && mentions(node.text, name, pattern))) found.push(path);
  }
  return found.sort();
}

/** A unit also means an interface by its device: `sys-subsystem-net-devices-eth0.device`. */
const mentions = (text: string, name: string, pattern: RegExp): boolean =>
  text.includes(name) &&
  text.split('\n').some((line) => {
    const statement = line.replace(/^[ \t]*(?:#|;|\/\/).*$/s, '');
    return statement.search(pattern) >= 0 || statement.includes(`net-devices-${name}.device`);
  });

const endsWithName = (path: string, name: string): boolean =>
  [`@${name}.service`, `-${name}.device`, `_${name}`].some((end) => path.endsWith(end));
