/** Networks' files: ifupdown, netplan, cloud-init, networkd, NetworkManager, dhcpcd, udev, resolv.conf. */

import { cloudIfupdownPatterns } from '../../../src/network/cloud-ifupdown.js';
import { readCloudInit } from '../../../src/network/cloud-init.js';
import { dhcpcdBlocks, dhcpcdList, dhcpcdWithAddress, dhcpcdWithName } from '../../../src/network/dhcpcd.js';
import { matchesGlob } from '../../../src/network/glob.js';
import { parseInterfaces, printInterfaces } from '../../../src/network/ifupdown.js';
import { makeStatic, renameInterface } from '../../../src/network/ifupdown-edits.js';
import { interfacesFiles } from '../../../src/network/ifupdown-files.js';
import { indirections, interfaceNames, partsOf, readIfupdown } from '../../../src/network/ifupdown-view.js';
import { nameUnderPv, readNaming } from '../../../src/network/interface-names.js';
import { bootedCommandLine, configuredCommandLine } from '../../../src/network/kernel-parameters.js';
import { filesNaming } from '../../../src/network/name-mentions.js';
import { netplanViewOf } from '../../../src/network/netplan.js';
import { definitionsNamed, inOrderOfTrial } from '../../../src/network/netplan-cards.js';
import { renamingChanges, staticChanges } from '../../../src/network/netplan-changes.js';
import { editYaml } from '../../../src/network/netplan-edit.js';
import { makesProfiles, readNetworkManagerConfig } from '../../../src/network/network-manager-config.js';
import {
  profileByName,
  profileWithAddress,
  profileWithName,
} from '../../../src/network/network-manager-edits.js';
import { profileAddresses, readProfiles } from '../../../src/network/network-manager-profiles.js';
import { networkByName, networkWithAddress, networkWithName } from '../../../src/network/networkd-edits.js';
import { listValue, networkdFile } from '../../../src/network/networkd-files.js';
import { selectionOf } from '../../../src/network/networkd-match.js';
import { nameservers, withNameservers } from '../../../src/network/resolv-conf.js';
import { guestTree } from '../../unit/network/guest-tree-of.js';
import { idempotent, same, textTarget } from '../target.js';

const address = {
  address: '18.181.3.4',
  netmask: '255.255.0.0',
  gateway: '18.181.0.1',
  dns: ['18.70.0.160'],
};
const withPrefix = { ...address, prefix: 16, isOld: false };
const card = { handle: 0, currentName: 'eth0', mac: '00:16:3e:00:00:01' };
const node = (text: string) => ({ kind: 'file', text, mode: 0o644 }) as const;

const interfaces = textTarget({
  name: 'interfaces(5)',
  files: /^\/etc\/network\/interfaces/,
  keywords: [
    'auto eth0\n',
    'allow-hotplug ',
    'iface eth0 inet dhcp\n',
    'iface ',
    'inherits ',
    'mapping ',
    'source /etc/network/interfaces\n',
    'source-directory /etc/network\n',
    'bridge_ports ',
    'bond-slaves ',
    '    address 1.2.3.4/24\n',
    'dns-nameservers ',
    'eth0:1',
    'eth0.5',
    'inet6 ',
    '/eth*/',
  ],
  check: (text) => {
    same(printInterfaces(parseInterfaces(text)), text, 'printing what was read gives the text');
    makeStatic(text, 'eth0', address);
    idempotent(text, (each) => renameInterface(each, 'eth0', 'enX0'), 'another name');
    const tree = guestTree({
      '/etc/network/interfaces': node(text),
      '/etc/network/interfaces.d/a': node(text),
    });
    const view = readIfupdown(tree);
    interfacesFiles(tree);
    const names = interfaceNames(view);
    indirections(view, names.slice(0, 20));
    for (const name of names.slice(0, 20)) partsOf(view, name);
    cloudIfupdownPatterns(tree);
  },
});

const netplan = textTarget({
  name: 'netplan',
  files: /^\/etc\/netplan\//,
  keywords: [
    'network:\n',
    '  version: 2\n',
    '  ethernets:\n',
    '    eth0:\n',
    '      dhcp4: true\n',
    '      match: {macaddress: "00:16:3e:00:00:01"}\n',
    'set-name: ',
    'addresses: [1.2.3.4/24]\n',
    'routes: [{to: default, via: 1.2.3.1}]\n',
    '&a [*a, *a]',
    '<<: *a\n',
    '? ',
    '!!binary ',
    '---\n',
    '...\n',
    '|\n',
    '>-\n',
    '%YAML 1.1\n',
    '[[[[',
    '{{{{',
    '- - - ',
  ],
  check: (text) => {
    const view = netplanViewOf([{ path: '/etc/netplan/a.yaml', text }]);
    inOrderOfTrial(view.definitions);
    const wanted = { ...address, prefix: 16, gatewayForm: 'routes' } as const;
    const fixed = definitionsNamed(view, 'eth0').map((each) => staticChanges(view, each, wanted));
    for (const files of [renamingChanges(view, 'eth0', 'enX0'), ...fixed])
      editYaml(
        text,
        files.flatMap((file) => file.changes),
      );
    same(editYaml(text, []) ?? text, text, 'no change changes nothing');
  },
});

const cloudInit = textTarget({
  name: 'cloud-init',
  files: /^\/etc\/cloud\//,
  texts: ['datasource_list: [ NoCloud, None ]\nnetwork: {config: disabled}\n'],
  keywords: [
    'network:',
    ' {config: disabled}',
    'datasource_list:',
    ' [ NoCloud ]',
    '## template: jinja\n',
    '&a ',
    '*a',
    '{% if %}',
    'policy: ',
  ],
  check: (text) => {
    const tree = guestTree({
      '/etc/cloud/cloud.cfg': node(text),
      '/etc/cloud/cloud.cfg.d/90.cfg': node(text),
      '/etc/cloud/ds-identify.cfg': node(text),
    });
    readCloudInit(tree, text);
  },
});

const networkd = textTarget({
  name: 'systemd.network',
  files: /^\/etc\/systemd\/network\/.*\.(?:network|netdev|link)/,
  keywords: [
    '[Match]\n',
    '[Network]\n',
    'Name=eth0\n',
    'Name=!en* ',
    'DHCP=yes\n',
    'MACAddress=',
    'Address=',
    '[DHCPv4]\n',
    'Gateway=',
    '[',
    ']',
    'Path=pci-*\n',
    '[Link]\nName=eth0\n',
  ],
  check: (text) => {
    const file = networkdFile('10-a.network', [{ path: '/etc/systemd/network/10-a.network', text }]);
    networkWithAddress(file, { ...address, address: '18.181.3.4/16' });
    idempotent(text, (each) => networkWithName(each, 'eth0', 'enX0'), 'another name');
    networkByName(file, ['MACAddress', 'Path'], 'eth0');
    listValue(file, 'Match', 'Name');
    selectionOf(file);
  },
});

const networkManager = textTarget({
  name: 'NetworkManager',
  files: /^\/(?:etc|usr\/lib)\/NetworkManager\//,
  keywords: [
    '[connection]\n',
    '[ipv4]\n',
    'method=auto\n',
    'id=',
    'interface-name=eth0\n',
    'type=ethernet\n',
    'address1=',
    'dns=',
    '[match]\npath=',
    'no-auto-default=*',
    '[keyfile]\nunmanaged-devices=',
    'except:',
    ';',
  ],
  check: (text) => {
    profileWithAddress(text, withPrefix);
    profileWithAddress(text, { ...withPrefix, isOld: true });
    idempotent(text, (each) => profileWithName(each, 'eth0', 'enX0'), 'another name');
    idempotent(text, (each) => profileByName(each, 'eth0'), 'a profile by name');
    const tree = guestTree({
      '/etc/NetworkManager/system-connections/a.nmconnection': node(text),
      '/etc/NetworkManager/NetworkManager.conf': node(text),
    });
    for (const profile of readProfiles(tree)) profileAddresses(profile);
    makesProfiles(readNetworkManagerConfig(tree), 'eth0');
  },
});

const dhcpcd = textTarget({
  name: 'dhcpcd.conf',
  files: /dhcpcd\.conf$/,
  texts: [
    'hostname\nduid\ninterface eth0\nstatic ip_address=1.2.3.4/24\nstatic routers=1.2.3.1\ndenyinterfaces wlan0 eth1\n',
  ],
  keywords: [
    'interface eth0\n',
    'static ip_address=',
    'static routers=',
    'allowinterfaces ',
    'denyinterfaces ',
    'profile ',
    'ssid ',
  ],
  check: (text) => {
    dhcpcdWithAddress(text, 'eth0', '18.181.3.4/16', '18.181.0.1', address.dns);
    idempotent(text, (each) => dhcpcdWithName(each, 'eth0', 'enX0'), 'another name');
    dhcpcdBlocks(text);
    dhcpcdList(text, 'denyinterfaces');
  },
});

const names = textTarget({
  name: 'udev rules and .link files',
  files: /^\/etc\/(?:udev\/rules\.d|systemd\/network)\//,
  texts: [
    'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="00:16:3e:00:00:01", ATTR{type}=="1", KERNEL=="eth*", NAME="eth0"\n',
  ],
  keywords: [
    'SUBSYSTEM=="net"',
    'NAME="eth0"',
    'ATTR{address}==',
    'KERNEL=="eth*"',
    '{',
    '}',
    ', ',
    'AAAAAAAA',
    '[Match]\n',
    '[Link]\n',
    'NamePolicy=',
    'OriginalName=*',
  ],
  check: (text) => {
    const tree = guestTree({
      '/etc/udev/rules.d/70-a.rules': node(text),
      '/etc/systemd/network/10-a.link': node(text),
      '/etc/default/grub': node(text),
      '/boot/grub/grub.cfg': node(text),
      '/etc/hosts.allow': node(text),
    });
    nameUnderPv(readNaming(tree, bootedCommandLine(tree) + configuredCommandLine(tree), 252), card);
    filesNaming(tree, 'eth0');
  },
});

const resolvConf = textTarget({
  name: 'resolv.conf',
  files: /resolv\.conf/,
  keywords: ['nameserver 1.2.3.4\n', 'search a\n', 'options ', '; ', 'nameserver'],
  check: (text) => {
    const after = idempotent(text, (each) => withNameservers(each, address.dns), 'name servers');
    same(nameservers(after).join(' '), address.dns.join(' '), 'the name servers are the wanted ones');
  },
});

const glob = textTarget({
  name: 'patterns of names',
  texts: ['eth*\neth0', '[!a-z]?*[]x]\n\\*', 'en{p,s}*\nens3'],
  keywords: ['*', '?', '[', ']', '[!', '[a-z]', '-', '\\', '**', 'eth', '\n'],
  check: (text) => {
    const [pattern = '', ...rest] = text.split('\n');
    // What is matched is the name of a file or of an interface.
    const name = rest.join('\n').slice(0, 255);
    matchesGlob(pattern, name);
    matchesGlob(rest[0] ?? '', pattern.slice(0, 255));
  },
});

export const networkTargets = [
  interfaces,
  netplan,
  cloudInit,
  networkd,
  networkManager,
  dhcpcd,
  names,
  resolvConf,
  glob,
];
