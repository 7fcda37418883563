import test from 'ava';
import fc from 'fast-check';
import type { Facts, GuestNode, Kernel, NetworkRequest, RuleResult } from '../../../../src/model.js';
import { networkRule } from '../../../../src/plan/rules/network.js';
import { guestTree } from '../../network/guest-tree-of.js';
import { interfacesText, soundInterfacesText } from '../../network/interfaces-text.js';
import { requestOf } from '../sample-request.js';

type Files = Record<string, string | GuestNode>;

interface Guest {
  /** systemd 252, as in bookworm, unless said otherwise; null for none. */
  readonly systemd?: number | null;
  readonly interfaces?: string;
  readonly files?: Files;
  readonly kernels?: readonly Kernel[];
}

const main = '/etc/network/interfaces';
const resolv = { '/etc/resolv.conf': 'search a.b\nnameserver 10.0.0.53\n' };
const address: NetworkRequest = {
  policy: 'static',
  address: '18.181.3.4',
  prefix: 16,
  gateway: '18.181.0.1',
  dns: [],
};
const noAddress: NetworkRequest = { policy: 'static', dns: [] };
const keep: NetworkRequest = { policy: 'keep-dhcp', dns: [] };

const filesOf = ({ interfaces, files = {} }: Guest): Files => ({
  ...resolv,
  ...(interfaces === undefined ? {} : { [main]: interfaces }),
  ...files,
});

function factsOf(guest: Guest, files: Files = filesOf(guest)): Facts {
  return {
    layout: { partitionTable: 'mbr', fileSystems: [] },
    mounts: [],
    release: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian' },
    architecture: 'amd64',
    initSystem: 'systemd',
    ...(guest.systemd === null ? {} : { systemdVersion: guest.systemd ?? 252 }),
    kernels: guest.kernels ?? [],
    packages: new Map(),
    tree: guestTree(files),
  };
}

const apply = (guest: Guest, network: NetworkRequest): RuleResult =>
  networkRule.apply(factsOf(guest), requestOf(network));

/** The guest's files after the rule's edits. */
function applied(guest: Guest, { edits }: RuleResult): Files {
  const files = filesOf(guest);
  for (const { path, node } of edits) if (node.kind === 'file') files[path] = node.text;
  return files;
}

const codes = (items: readonly { readonly code: string }[]) => items.map(({ code }) => code);

const lo = 'auto lo\niface lo inet loopback\n\n';
const dhcp = (name: string) => `allow-hotplug ${name}\niface ${name} inet dhcp\n`;
const fixed = (name: string, indent = '    ') =>
  `iface ${name} inet static\n${indent}address 18.181.3.4\n${indent}netmask 255.255.0.0\n${indent}gateway 18.181.0.1\n`;

// ---------------------------------------------------------------------------------- what is edited, and how often

interface Edited extends Guest {
  readonly title: string;
  readonly request?: NetworkRequest;
  /** Path to text, of the files that change; the main file alone as a string. */
  readonly after: string | Record<string, string>;
  readonly notices?: readonly string[];
}

const inner = '/etc/network/interfaces.d';

const edited: readonly Edited[] = [
  {
    title: 'the only DHCP interface becomes static and gets its name',
    interfaces: lo + dhcp('ens3'),
    after: `${lo}allow-hotplug enX0\n${fixed('enX0')}`,
  },
  {
    title: 'the name is right already',
    interfaces: lo + dhcp('enX0'),
    after: `${lo}allow-hotplug enX0\n${fixed('enX0')}`,
  },
  {
    title: 'eth0 stays eth0 before systemd 250',
    systemd: 247,
    interfaces: lo + dhcp('eth0'),
    after: `${lo}allow-hotplug eth0\n${fixed('eth0')}`,
  },
  {
    title: 'a predictable name becomes eth0 before systemd 250',
    systemd: 247,
    interfaces: dhcp('enp0s4'),
    after: `allow-hotplug eth0\n${fixed('eth0')}`,
  },
  {
    title: 'no systemd',
    systemd: null,
    interfaces: dhcp('eth0'),
    after: `allow-hotplug eth0\n${fixed('eth0')}`,
  },
  {
    title: 'net.ifnames=0 in grub.cfg',
    interfaces: dhcp('eth0'),
    files: { '/boot/grub/grub.cfg': ' linux /vmlinuz ro net.ifnames=0\n' },
    after: `allow-hotplug eth0\n${fixed('eth0')}`,
  },
  {
    title: 'keep DHCP: only the name changes',
    request: keep,
    interfaces: lo + dhcp('ens3'),
    after: lo + dhcp('enX0'),
  },
  {
    title: 'static under the emulated name: only the name changes, no address is needed',
    request: noAddress,
    interfaces: `auto ens3\n${fixed('ens3')}`,
    after: `auto enX0\n${fixed('enX0')}`,
  },
  {
    title: 'a bridge: its stanza becomes static, its port is renamed',
    interfaces:
      'iface ens3 inet manual\n\nauto br0\niface br0 inet dhcp\n\tbridge_ports ens3\n\tbridge_stp off\n',
    after:
      'iface enX0 inet manual\n\nauto br0\niface br0 inet static\n\taddress 18.181.3.4\n\tnetmask 255.255.0.0\n\tgateway 18.181.0.1\n\tbridge_ports enX0\n\tbridge_stp off\n',
  },
  {
    title: 'a bridge over a bond of two cards',
    interfaces:
      'auto br0\niface br0 inet dhcp\n bridge_ports bond0\niface bond0 inet manual\n bond-slaves ens4 ens3\n',
    after:
      'auto br0\niface br0 inet static\n address 18.181.3.4\n netmask 255.255.0.0\n gateway 18.181.0.1\n bridge_ports bond0\niface bond0 inet manual\n bond-slaves enX1 enX0\n',
    notices: ['interface-order'],
  },
  {
    title: 'a VLAN with DHCP',
    interfaces: 'auto ens3.5\niface ens3.5 inet dhcp\n',
    after: `auto enX0.5\n${fixed('enX0.5')}`,
  },
  {
    title: 'the stanza is edited in the file that defines it',
    interfaces: `${lo}source ${inner}/*\nallow-hotplug ens3\n`,
    files: {
      [`${inner}/50-cloud-init`]: '# cloud\nauto ens3\niface ens3 inet dhcp\n',
      [`${inner}/x`]: '# ens3\n',
    },
    after: {
      [main]: `${lo}source ${inner}/*\nallow-hotplug enX0\n`,
      [`${inner}/50-cloud-init`]: `# cloud\nauto enX0\n${fixed('enX0')}`,
    },
  },
  {
    title: 'the named one of two DHCP interfaces; the other keeps DHCP',
    request: { ...address, interface: 'ens4' },
    interfaces: dhcp('ens3') + dhcp('ens4'),
    after: `${dhcp('enX0')}allow-hotplug enX1\n${fixed('enX1')}`,
    notices: ['interface-order'],
  },
  {
    title: 'a DHCP interface that nothing starts is not the one',
    interfaces: `${dhcp('ens3')}iface wlan0 inet dhcp\n`,
    after: `allow-hotplug enX0\n${fixed('enX0')}iface wlan0 inet dhcp\n`,
  },
  {
    title: 'names of different kinds: the user says which card is there',
    request: { ...address, interface: 'ens3' },
    interfaces: dhcp('eth0') + dhcp('ens3'),
    after: `${dhcp('eth0')}allow-hotplug enX0\n${fixed('enX0')}`,
    notices: ['interface-left'],
  },
  {
    title: 'a name that a rule gives by MAC address stays',
    interfaces: dhcp('eth0'),
    files: {
      '/etc/udev/rules.d/70-persistent-net.rules':
        'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="00:16:3e:00:00:01", ATTR{type}=="1", KERNEL=="eth*", NAME="eth0"\n',
    },
    after: `allow-hotplug eth0\n${fixed('eth0')}`,
  },
  {
    title: 'inet6 and commands follow the name',
    interfaces: `${dhcp('ens3')}  up ethtool -K ens3 tx off\niface ens3 inet6 auto\n`,
    after: `allow-hotplug enX0\n${fixed('enX0', '  ')}  up ethtool -K enX0 tx off\niface enX0 inet6 auto\n`,
  },
  {
    title: 'no gateway',
    request: { policy: 'static', address: '10.0.0.2', prefix: 8, dns: [] },
    interfaces: dhcp('enX0'),
    after: 'allow-hotplug enX0\niface enX0 inet static\n    address 10.0.0.2\n    netmask 255.0.0.0\n',
    notices: ['no-gateway'],
  },
];

for (const { title, request = address, after, notices = [], ...guest } of edited) {
  test(`edits: ${title}`, (t) => {
    const result = apply(guest, request);
    t.deepEqual(result.problems, []);
    const texts = result.edits.map(({ path, node }) => [path, node.kind === 'file' ? node.text : node.kind]);
    t.deepEqual(Object.fromEntries(texts), typeof after === 'string' ? { [main]: after } : after);
    t.deepEqual(codes(result.notices), [...notices]);
    for (const { reason } of result.edits) t.regex(reason, /\w+ (?:is called|gets)/);
  });
  test(`once is enough: ${title}`, (t) => {
    const files = applied(guest, apply(guest, request));
    const again = networkRule.apply(factsOf(guest, files), requestOf(request));
    t.deepEqual([again.edits, again.problems], [[], []]);
  });
}

test('the reason says what decides about the name', (t) => {
  const { edits } = apply({ interfaces: dhcp('ens3') }, address);
  t.is(
    edits[0]?.reason,
    "ens3 gets the static address 18.181.3.4; it used DHCP; ens3 is called enX0 under PV (systemd 252 names Xen's network devices by their handle)",
  );
});

// ------------------------------------------------------------------------------------------------- nothing to do

interface Unchanged extends Guest {
  readonly title: string;
  readonly request?: NetworkRequest;
  readonly notices?: readonly string[];
}

const unchanged: readonly Unchanged[] = [
  { title: 'static with that address', interfaces: fixed('enX0') },
  { title: 'static, no address given', request: noAddress, interfaces: fixed('enX0') },
  { title: 'static, and named', request: { ...address, interface: 'enX0' }, interfaces: fixed('enX0') },
  {
    title: 'static, address with prefix length',
    interfaces: 'iface enX0 inet static\n address 18.181.3.4/16\n gateway 18.181.0.1\n',
  },
  {
    title: 'static with another netmask and gateway',
    interfaces: 'iface enX0 inet static\n address 18.181.3.4/24\n gateway 18.181.3.1\n',
    notices: ['network-differs'],
  },
  { title: 'keep DHCP under the right name', request: keep, interfaces: dhcp('enX0') },
  { title: 'keep several', request: keep, interfaces: dhcp('enX0') + dhcp('enX1') },
  {
    title: 'mapping scripts where nothing changes',
    request: keep,
    interfaces: `mapping enX0\n script x\n${dhcp('enX0')}`,
  },
  {
    title: 'a card of a kind that is not there',
    request: noAddress,
    interfaces: `${fixed('enX0')}iface eth0 inet manual\n`,
    notices: ['interface-left'],
  },
  { title: 'no network at all', request: noAddress, notices: ['no-network'] },
  {
    title: 'netplan, keep DHCP, no names in it',
    request: keep,
    interfaces: '# ifupdown has been replaced by netplan(5)\n',
    files: { '/etc/netplan/01.yaml': 'network: {renderer: NetworkManager}\n' },
  },
  {
    title: 'netplan beside ifupdown',
    interfaces: fixed('enX0'),
    files: { '/etc/netplan/01.yaml': 'network: {}\n' },
    notices: ['other-network-config'],
  },
  {
    title: 'the former name of a card that is converted',
    request: { ...address, interface: 'ens3' },
    interfaces: fixed('enX0'),
  },
];

for (const { title, request = address, notices = [], ...guest } of unchanged) {
  test(`nothing to do: ${title}`, (t) => {
    const result = apply(guest, request);
    t.deepEqual([result.problems, result.edits], [[], []]);
    t.deepEqual(codes(result.notices), [...notices]);
  });
}

// ------------------------------------------------------------------------------------------------------ refusals

interface Refused extends Guest {
  readonly title: string;
  readonly request?: NetworkRequest;
  readonly code: string;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  {
    title: 'DHCP without an address',
    request: noAddress,
    interfaces: dhcp('ens3'),
    code: 'no-static-address',
    message: /^ens3 /,
  },
  {
    title: 'two DHCP interfaces',
    interfaces: dhcp('ens3') + dhcp('ens4'),
    code: 'several-dhcp-interfaces',
    message: /ens3, ens4/,
  },
  {
    title: 'a name that is not there',
    request: { ...address, interface: 'eth7' },
    interfaces: dhcp('ens3'),
    code: 'interface-not-found',
    message: /eth7.*ens3/,
  },
  {
    title: "a bridge's port",
    request: { ...address, interface: 'ens3' },
    interfaces: 'iface ens3 inet manual\niface br0 inet dhcp\n bridge_ports ens3\n',
    code: 'interface-not-dhcp',
    message: /inet manual/,
  },
  {
    title: 'another static address',
    interfaces: 'iface enX0 inet static\n address 10.0.0.9/8\n',
    code: 'address-differs',
    message: /18\.181\.3\.4.*10\.0\.0\.9 on enX0/,
  },
  {
    title: 'another static address of the named one',
    request: { ...address, interface: 'enX0' },
    interfaces: 'iface enX0 inet static\n address 10.0.0.9/8\n',
    code: 'address-differs',
    message: /10\.0\.0\.9/,
  },
  {
    title: 'a mapping of the card',
    interfaces: `mapping ens*\n script x\n${dhcp('ens3')}`,
    code: 'ambiguous-network',
    message: /mapping/,
  },
  {
    title: 'a template',
    interfaces: `iface lan inet dhcp\niface ens3 inet dhcp inherits lan\nauto ens3\n`,
    code: 'ambiguous-network',
    message: /inherits/,
  },
  {
    title: 'a pattern',
    interfaces: 'auto /en*\niface ens3 inet dhcp\n',
    code: 'ambiguous-network',
    message: /pattern/,
  },
  {
    title: 'ports by a pattern',
    interfaces: 'auto br0\niface br0 inet dhcp\n bridge_ports regex en.*\n',
    code: 'ambiguous-network',
    message: /pattern/,
  },
  {
    title: 'two DHCP stanzas of one interface',
    interfaces: dhcp('ens3') + dhcp('ens3'),
    code: 'ambiguous-network',
    message: /iface ens3 inet dhcp/,
  },
  {
    title: 'names of different kinds',
    interfaces: `${dhcp('ens3')}auto eth0\niface eth0 inet manual\n`,
    code: 'ambiguous-network',
    message: /ens3/,
  },
  {
    title: 'the new name is taken',
    interfaces: `rename ens3=enX0\nauto enX0\niface enX0 inet dhcp\n`,
    code: 'ambiguous-network',
    message: /another enX0/,
  },
  {
    title: 'a name by an unknown MAC address',
    interfaces: dhcp('ens3'),
    files: { '/etc/systemd/network/10-m.link': '[Match]\nType=ether\n[Link]\nNamePolicy=mac\n' },
    code: 'ambiguous-network',
    message: /MAC/,
  },
  {
    title: 'nothing that would get the address',
    code: 'unsupported-network',
    message: /nothing in the guest/,
  },
];

for (const { title, request = address, code, message, ...guest } of refused) {
  test(`refused: ${title}`, (t) => {
    const { problems, edits } = apply(guest, request);
    t.deepEqual(codes(problems), [code]);
    t.regex(problems[0]?.message ?? '', message);
    t.not(problems[0]?.remedy, '');
    t.deepEqual(edits, []);
  });
}

// -------------------------------------------------------------------------------------------- name servers, notices

const withDns = { ...address, dns: ['18.70.0.160'] };
const resolved: Files = {
  '/etc/network/if-up.d/resolved': '#!/bin/sh\n',
  '/etc/systemd/system/multi-user.target.wants/systemd-resolved.service': {
    kind: 'symlink',
    target: '/lib/x',
  },
  '/etc/resolv.conf': { kind: 'symlink', target: '../run/systemd/resolve/stub-resolv.conf' },
};

const serverCases: readonly (readonly [
  title: string,
  request: NetworkRequest,
  files: Files,
  inStanza: boolean,
  file: string | undefined,
  notices: readonly string[],
])[] = [
  ['a plain file gets them', withDns, {}, false, 'search a.b\nnameserver 18.70.0.160\n', []],
  [
    'the hook of ifupdown without the service',
    withDns,
    { '/etc/network/if-up.d/resolved': '' },
    false,
    'search a.b\nnameserver 18.70.0.160\n',
    [],
  ],
  ['systemd-resolved', withDns, resolved, true, undefined, []],
  [
    'resolvconf',
    withDns,
    {
      '/etc/resolvconf/resolv.conf.d/base': '',
      '/etc/resolv.conf': { kind: 'symlink', target: '/run/resolvconf/resolv.conf' },
    },
    true,
    undefined,
    [],
  ],
  [
    'openresolv, whose file is plain',
    withDns,
    { '/etc/network/if-up.d/000resolvconf': '' },
    true,
    'search a.b\nnameserver 18.70.0.160\n',
    [],
  ],
  [
    'a link and nothing that reads the option',
    withDns,
    { '/etc/resolv.conf': { kind: 'symlink', target: '/run/NetworkManager/resolv.conf' } },
    false,
    undefined,
    ['no-dns'],
  ],
  ['none given, a plain file names some', address, {}, false, undefined, []],
  [
    'none given, a plain file names none',
    address,
    { '/etc/resolv.conf': '# by dhclient\n' },
    false,
    undefined,
    ['no-dns'],
  ],
  ['none given, systemd-resolved', address, resolved, false, undefined, ['no-dns']],
];

for (const [title, request, files, inStanza, file, notices] of serverCases) {
  test(`name servers: ${title}`, (t) => {
    const result = apply({ interfaces: dhcp('enX0'), files }, request);
    const text = (path: string) => {
      const node = result.edits.find((edit) => edit.path === path)?.node;
      return node?.kind === 'file' ? node.text : undefined;
    };
    t.is(text(main)?.includes('dns-nameservers 18.70.0.160\n'), inStanza);
    t.is(text('/etc/resolv.conf'), file);
    t.deepEqual(codes(result.notices), [...notices]);
  });
}

test('name servers: a link inside the guest is followed', (t) => {
  const files: Files = {
    '/etc/resolv.conf': { kind: 'symlink', target: 'resolv.mine' },
    '/etc/resolv.mine': '',
  };
  const { edits } = apply({ interfaces: dhcp('enX0'), files }, withDns);
  t.deepEqual(edits[1]?.path, '/etc/resolv.mine');
});

test('a firewall that names the card is said, not edited', (t) => {
  const files = { '/etc/nftables.conf': 'iifname ens3 accept\n' };
  const { edits, notices } = apply({ interfaces: dhcp('ens3'), files }, address);
  t.deepEqual(
    edits.map(({ path }) => path),
    [main],
  );
  t.deepEqual(codes(notices), ['interface-name-elsewhere']);
  t.regex(notices[0]?.message ?? '', /nftables\.conf.*ens3.*enX0/);
});

test('an initramfs with older names is said', (t) => {
  const texts = new Map([['lib/systemd/network/99-default.link', '']]);
  const kernel: Kernel = {
    version: '6.1',
    path: '/boot/vmlinuz-6.1',
    initramfs: { path: '/boot/initrd.img-6.1', modules: ['xen-netfront'], texts },
  };
  const files = { '/etc/systemd/network/10-lan.link': '[Match]\nDriver=vif\n[Link]\nName=lan0\n' };
  const { notices } = apply({ interfaces: dhcp('lan0'), files, kernels: [kernel] }, address);
  t.deepEqual(codes(notices), ['initramfs-naming-differs']);
});

test('grub.cfg and its configuration disagree about names', (t) => {
  const files = {
    '/boot/grub/grub.cfg': ' linux /vmlinuz ro net.ifnames=0\n',
    '/etc/default/grub': 'GRUB_CMDLINE_LINUX=""\n',
  };
  t.deepEqual(codes(apply({ interfaces: dhcp('eth0'), files }, address).notices), [
    'interface-name-may-change',
  ]);
});

test('a rule that a .link file may make wrong is said', (t) => {
  const files = { '/etc/systemd/network/10-x.link': '[Match]\nHost=web\n[Link]\nName=lan0\n' };
  t.deepEqual(codes(apply({ interfaces: dhcp('enX0'), files }, address).notices), [
    'interface-name-uncertain',
  ]);
});

test('whatever the files are: problems or edits, and applied once it wants nothing more', (t) => {
  const request = fc.constantFrom(
    address,
    keep,
    noAddress,
    withDns,
    { ...address, address: '10.0.0.2' },
    { ...address, interface: 'eth0' },
    { ...address, interface: 'ens3' },
  );
  fc.assert(
    fc.property(
      fc.oneof(interfacesText, soundInterfacesText),
      interfacesText,
      request,
      fc.constantFrom(247, 252, null),
      (one, two, network, systemd) => {
        const guest = { systemd, interfaces: `source x\n${one}`, files: { '/etc/network/x': two } };
        const first = apply(guest, network);
        if (first.problems.length > 0) {
          t.deepEqual(first.edits, []);
          return;
        }
        const again = networkRule.apply(factsOf(guest, applied(guest, first)), requestOf(network));
        t.deepEqual([again.problems, again.edits], [[], []]);
      },
    ),
    { numRuns: 1500 },
  );
});
