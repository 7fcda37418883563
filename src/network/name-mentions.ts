import { namesIn, textAt } from '../guest-files/guest-tree.js';
import type { GuestTree } from '../model.js';
import { interfacePattern } from './ifupdown-edits.js';

/** Files that often name an interface beside the network configuration: firewalls, servers, kernel settings, hooks. */
const files = [
  '/etc/nftables.conf',
  '/etc/sysctl.conf',
  '/etc/default/isc-dhcp-server',
  '/etc/default/networking',
  '/etc/default/ufw',
  '/etc/dhcpcd.conf',
  '/etc/dnsmasq.conf',
  '/etc/radvd.conf',
  '/etc/ntp.conf',
  '/etc/rc.local',
];

const directories = [
  '/etc/iptables',
  '/etc/nftables.d',
  '/etc/sysctl.d',
  '/etc/dhcp',
  '/etc/ufw',
  '/etc/shorewall',
  '/etc/shorewall6',
  '/etc/ferm',
  '/etc/firewalld/zones',
  '/etc/dnsmasq.d',
  '/etc/keepalived',
  '/etc/network/if-pre-up.d',
  '/etc/network/if-up.d',
  '/etc/network/if-down.d',
  '/etc/network/if-post-down.d',
];

/** Which of the typical other places name this interface outside of comments. Their paths, in a fixed order. */
export function filesNaming(tree: GuestTree, name: string): string[] {
  const inside = directories.flatMap((path) => namesIn(tree, path).map((entry) => `${path}/${entry}`));
  const pattern = interfacePattern(name);
  return [...files, ...inside].filter((path) =>
    (textAt(tree, path) ?? '').split('\n').some((line) => {
      const statement = line.replace(/^[ \t]*(?:#|;|\/\/).*$/s, '');
      return statement.search(pattern) >= 0;
    }),
  );
}
