/** Expected texts follow systemd.network(5) and systemd.netdev(5). test/system/networkd.test.ts asks networkd itself. */
import test from 'ava';
import fc from 'fast-check';
import type { NetworkRequest } from '../../../../src/model.js';
import {
  address,
  type Files,
  filesAfter,
  keep,
  link,
  noAddress,
  planned,
  textsOf,
  withDns,
} from './planned.js';

const etc = '/etc/systemd/network';
const enabled: Files = {
  '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service': link(),
  '/etc/resolv.conf': link('/run/systemd/resolve/stub-resolv.conf'),
};
const fixed = 'Address=18.181.3.4/16\nGateway=18.181.0.1\n';
const dhcp = (match: string) => `[Match]\n${match}\n\n[Network]\nDHCP=yes\n`;

interface Edited {
  readonly title: string;
  readonly systemd?: number;
  readonly request?: NetworkRequest;
  /** By name below /etc/systemd/network, or by absolute path. */
  readonly files: Files;
  readonly after: Readonly<Record<string, string>>;
  readonly notices?: readonly string[];
}

const placed = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, node]) => [name.startsWith('/') ? name : `${etc}/${name}`, node]),
  );

const edited: readonly Edited[] = [
  {
    title: 'a card by its emulated name',
    files: {
      '10-lan.network': '# mine\n[Match]\nName=ens3\n\n[Network]\nDHCP=ipv4\nDomains=a.b\nDNS=10.0.0.1\n',
    },
    after: {
      '10-lan.network': `# mine\n[Match]\nName=enX0\n\n[Network]\n${fixed}Domains=a.b\nDNS=10.0.0.1\n`,
    },
  },
  {
    title: 'a card by its MAC address and its name',
    files: { 'a.network': dhcp('MACAddress=00:16:3e:00:00:01\nName=ens3') },
    after: {
      'a.network': `[Match]\nMACAddress=00:16:3e:00:00:01\nName=enX0\n\n[Network]\n${fixed}`,
    },
    notices: ['no-dns'],
  },
  {
    title: 'a card by its MAC address and a pattern',
    systemd: 247,
    files: { 'a.network': dhcp('MACAddress=00:16:3e:00:00:01\nName=en*') },
    after: {
      'a.network': `[Match]\nMACAddress=00:16:3e:00:00:01\nName=en* eth*\n\n[Network]\n${fixed}`,
    },
    notices: ['no-dns'],
  },
  {
    title: 'a name behind one that takes others back',
    files: { 'a.network': dhcp('Path=pci-*\nName=br0\nName=') },
    after: { 'a.network': `[Match]\nName=br0\nName=\nName=enX0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'not those names, by a bus',
    files: { 'a.network': dhcp('Path=pci-*\nName=!lo') },
    after: { 'a.network': `[Match]\nName=!lo\nName=enX0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'a file of its own comes before every one that takes the card',
    request: { ...address, interface: 'eth0' },
    files: { '20-en.network': dhcp('Name=en*'), '90-all.network': dhcp('Type=ether') },
    after: { '10-enX0.network': `[Match]\nName=enX0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'name servers take the place of others',
    request: withDns,
    files: { 'a.network': '[Match]\nName=enX0\n[Network]\nDNS=10.0.0.1\nDHCP=yes\n\n[DHCPv4]\nUseDNS=yes\n' },
    after: {
      'a.network': `[Match]\nName=enX0\n[Network]\n${fixed}DNS=18.70.0.160\nDNS=18.71.0.151\n\n[DHCPv4]\nUseDNS=yes\n`,
    },
  },
  {
    title: 'DHCPv6 that nothing else starts stays',
    files: { 'a.network': '[Match]\nName=enX0\n[Network]\nIPv6AcceptRA=no\nDHCP=yes\nDNS=::1\n' },
    after: { 'a.network': `[Match]\nName=enX0\n[Network]\nIPv6AcceptRA=no\nDHCP=ipv6\n${fixed}DNS=::1\n` },
  },
  {
    title: 'the last DHCP= is in a drop-in',
    files: {
      'a.network': '[Match]\nName=eth0\n[Network]\nDHCP=no\nDNS=::1\n',
      'a.network.d/z.conf': '[Network]\nDHCP = yes\n',
    },
    after: {
      'a.network': '[Match]\nName=enX0\n[Network]\nDNS=::1\n',
      'a.network.d/z.conf': `[Network]\n${fixed}`,
    },
  },
  {
    title: 'old systemd, line ends of Windows, a continued line',
    systemd: 215,
    files: { 'a.network': '[Match]\r\nName=ens3 \\\r\n  ens4\r\n[Network]\r\nDHCP=v4\r\nDNS=::1\r\n' },
    request: { ...address, interface: 'ens3' },
    after: {
      'a.network':
        '[Match]\r\nName=eth0    eth1\r\n[Network]\r\nAddress=18.181.3.4/16\r\nGateway=18.181.0.1\r\nDNS=::1\r\n',
    },
    notices: ['interface-order'],
  },
  {
    title: 'a MAC address stays',
    files: { 'a.network': dhcp('MACAddress=00:16:3e:00:00:01') },
    after: { 'a.network': `[Match]\nMACAddress=00:16:3e:00:00:01\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'the bus of the emulated card',
    files: { 'a.network': dhcp('Path=pci-0000:00:03.0') },
    after: { 'a.network': `[Match]\nName=enX0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'the driver of the emulated card beside a pattern that takes the new name',
    request: keep,
    files: { 'a.network': dhcp('Name=en*\nDriver=virtio_net e1000') },
    after: { 'a.network': dhcp('Name=en*') },
  },
  {
    title: 'a pattern: other cards keep DHCP',
    files: {
      '20-wired.network': `# all\n${dhcp('Name=en*')}`,
      '20-wired.network.d/mtu.conf': '[Link]\nMTUBytes=1400\n',
    },
    after: { '10-enX0.network': `[Match]\nName=enX0\n\n# all\n[Network]\n${fixed}[Link]\nMTUBytes=1400\n` },
    notices: ['no-dns'],
  },
  {
    title: "a pattern that doesn't take the new name",
    systemd: 247,
    request: keep,
    files: { '10-a.network': dhcp('Name=en*') },
    after: { '10-a.network': dhcp('Name=en* eth*') },
  },
  {
    title: 'a pattern, before it comes what is ours',
    systemd: 247,
    files: { '10-a.network': dhcp('Type=ether') },
    after: { '05-eth0.network': `[Match]\nName=eth0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'a file of the distribution gets one of its name in /etc',
    files: { '/usr/lib/systemd/network/50-x.network': dhcp('Name=eth0') },
    after: { '50-x.network': `[Match]\nName=enX0\n\n[Network]\n${fixed}` },
    notices: ['no-dns'],
  },
  {
    title: 'a bridge: it gets the address, its port the name',
    files: {
      '10-br0.netdev': '[NetDev]\nName=br0\nKind=bridge\n',
      '20-port.network': '[Match]\nName=ens3\n[Network]\nBridge=br0\n',
      '30-br0.network': dhcp('Name=br0'),
    },
    after: {
      '20-port.network': '[Match]\nName=enX0\n[Network]\nBridge=br0\n',
      '30-br0.network': `[Match]\nName=br0\n\n[Network]\n${fixed}`,
    },
    notices: ['no-dns'],
  },
  {
    title: 'static under the emulated name',
    request: noAddress,
    files: { 'a.network': '[Match]\nName=ens3\n[Network]\nAddress=1.2.3.4/8\nBindCarrier=ens3\n' },
    after: { 'a.network': '[Match]\nName=enX0\n[Network]\nAddress=1.2.3.4/8\nBindCarrier=enX0\n' },
  },
  {
    title: 'the one of two that was named',
    request: { ...withDns, interface: 'ens4' },
    files: { 'a.network': dhcp('Name=ens3'), 'b.network': dhcp('Name=ens4') },
    after: {
      'a.network': dhcp('Name=enX0'),
      'b.network': `[Match]\nName=enX1\n\n[Network]\n${fixed}DNS=18.70.0.160\nDNS=18.71.0.151\n`,
    },
    notices: ['interface-order'],
  },
];

for (const { title, request = address, files, after, notices = [], ...guest } of edited) {
  const own = { ...guest, files: { ...enabled, ...placed(files) } };
  test(`edits: ${title}`, (t) => {
    const result = planned(own, request);
    t.deepEqual(result.problems, []);
    t.deepEqual(textsOf(result), placed(after) as Record<string, string>);
    t.deepEqual(
      result.notices.map(({ code }) => code),
      [...notices],
    );
  });
  test(`once is enough: ${title}`, (t) => {
    const files = filesAfter(own, planned(own, request));
    for (const again of [planned({ ...own, files }, request), planned({ ...own, files }, keep)]) {
      t.deepEqual([again.problems, again.edits], [[], []]);
    }
  });
}

const refused: readonly (Pick<Edited, 'title' | 'request' | 'files'> & { readonly code: string })[] = [
  {
    title: 'DHCP and no address',
    request: noAddress,
    files: { 'a.network': dhcp('Name=ens3') },
    code: 'no-static-address',
  },
  {
    title: 'two cards',
    files: { 'a.network': dhcp('Name=ens3'), 'b.network': dhcp('Name=ens4') },
    code: 'several-dhcp-interfaces',
  },
  {
    title: 'a property',
    files: { 'a.network': dhcp('Name=ens3\nProperty=ID_X=1') },
    code: 'ambiguous-network',
  },
  {
    title: 'two buses',
    files: {
      'a.network': dhcp('Path=pci-0'),
      'b.network': '[Match]\nPath=pci-1\n[Network]\nAddress=1.1.1.1/8\n',
    },
    code: 'ambiguous-network',
  },
  {
    title: 'another address',
    files: { 'a.network': '[Match]\nName=enX0\n[Address]\nAddress=10.0.0.2/8\n' },
    code: 'address-differs',
  },
  {
    title: 'a name that is not there',
    request: { ...address, interface: 'eth9' },
    files: { 'a.network': dhcp('Name=ens3') },
    code: 'interface-not-found',
  },
];

for (const { title, request = address, files, code } of refused) {
  test(`refused: ${title}`, (t) => {
    const { problems, edits } = planned({ files: { ...enabled, ...placed(files) } }, request);
    t.deepEqual([problems.map((problem) => problem.code), edits], [[code], []]);
  });
}

const unconcerned: Files = {
  '80-container-host0.network': '[Match]\nVirtualization=container\nName=host0\n[Network]\nDHCP=yes\n',
  '80-wifi.network': '[Match]\nType=wlan\nWLANInterfaceType=ad-hoc\n[Network]\nDHCP=yes\n',
  '80-ve.network': '[Match]\nKind=veth\nName=ve-*\n[Network]\nDHCP=yes\n',
  'masked.network': link('/dev/null'),
  'empty.network': '',
  'unmanaged.network': '[Match]\nName=en*\n[Link]\nUnmanaged=yes\n[Network]\nDHCP=yes\n',
};

test('files that are not about a card of the VM', (t) => {
  const { edits, problems, notices } = planned({ files: { ...enabled, ...placed(unconcerned) } }, noAddress);
  t.deepEqual([edits, problems, notices.map(({ code }) => code)], [[], [], ['no-network']]);
});

test('a service that is not enabled is not in charge', (t) => {
  const files = placed({ 'a.network': dhcp('Name=ens3') });
  t.deepEqual(
    planned({ files }, address).problems.map(({ code }) => code),
    ['unsupported-network'],
  );
});

const matchLine = fc.constantFrom(
  'Name=ens3',
  'Name=eth0 ens3',
  'Name=en*',
  'Name=!lo',
  'Name=br0',
  'Name=enX0',
  'Name=ens4',
  'MACAddress=00:16:3e:00:00:01',
  'Type=ether',
  'Driver=e1000',
  'Path=pci-*',
  '# Name=ens3',
  'Name=',
  '[Link]',
);
const networkLine = fc.constantFrom(
  'DHCP=yes',
  'DHCP=ipv4',
  'DHCP=no',
  'Address=10.0.0.2/8',
  'Gateway=10.0.0.1',
  'DNS=10.0.0.3',
  'Bridge=br0',
  '; note',
  'Domains=a \\',
  '[Network]',
  '[DHCPv4]',
  'IPv6AcceptRA=no',
  '',
);
const networkText = fc
  .tuple(
    fc.array(matchLine, { maxLength: 3 }),
    fc.array(networkLine, { maxLength: 5 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([match, network, end]) => ['[Match]', ...match, '[Network]', ...network, ''].join(end));

test('whatever the files are: problems or edits, lines of others stay, and once is enough', (t) => {
  const owned = /^(?:DHCP|Address|Gateway|DNS|Name|Driver|Path)[ =]/;
  fc.assert(
    fc.property(
      fc.array(networkText, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(
        address,
        withDns,
        keep,
        noAddress,
        { ...address, interface: 'ens3' },
        { ...address, interface: 'enX0' },
        { ...noAddress, interface: 'ens3' },
      ),
      fc.constantFrom(247, 252),
      (texts, request, systemd) => {
        const own = Object.fromEntries(texts.map((text, index) => [`${etc}/${index}.network`, text]));
        const guest = { systemd, files: { ...enabled, ...own } };
        const first = planned(guest, request);
        if (first.problems.length > 0) {
          t.deepEqual(first.edits, []);
          return;
        }
        for (const [path, text] of Object.entries(textsOf(first))) {
          const others = (whole: string) => whole.split(/\r?\n/).filter((line) => !owned.test(line));
          if (own[path] !== undefined) t.deepEqual(others(text), others(own[path]));
        }
        const again = planned({ ...guest, files: filesAfter(guest, first) }, request);
        t.deepEqual([again.problems, again.edits], [[], []]);
      },
    ),
    { numRuns: 1500 },
  );
});
