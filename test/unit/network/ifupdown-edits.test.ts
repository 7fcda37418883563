import test from 'ava';
import fc from 'fast-check';
import { interfacePattern, makeStatic, renameInterface } from '../../../src/network/ifupdown-edits.js';
import { viewOf } from '../../../src/network/ifupdown-view.js';
import { interfacesText } from './interfaces-text.js';

const xvm = { address: '18.181.3.4', netmask: '255.255.0.0', gateway: '18.181.0.1', dns: [] };

const statics: readonly [title: string, before: string, after: string][] = [
  [
    'the form of the origin page',
    'auto eth0\niface eth0 inet dhcp\n',
    'auto eth0\niface eth0 inet static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1\n',
  ],
  [
    "the file's own indentation, taken from another stanza",
    'iface eth1 inet static\n\taddress 10.0.0.1/8\niface eth0 inet dhcp\n',
    'iface eth1 inet static\n\taddress 10.0.0.1/8\niface eth0 inet static\n\taddress 18.181.3.4\n\tnetmask 255.255.0.0\n\tgateway 18.181.0.1\n',
  ],
  [
    'options of a DHCP client go, all others stay in their order',
    'iface eth0 inet dhcp\n  # mine\n  hostname web\n  metric 5\n  client x\n  up a\n  vendor v\n  pre-up b\n  leasetime 1\n  mtu 1400\n  leasehours 2\n  hwaddress ether 00:16:3e:00:00:01\n  post-up d\n\n# end\n',
    'iface eth0 inet static\n  address 18.181.3.4\n  netmask 255.255.0.0\n  gateway 18.181.0.1\n  # mine\n  metric 5\n  up a\n  pre-up b\n  mtu 1400\n  hwaddress ether 00:16:3e:00:00:01\n  post-up d\n\n# end\n',
  ],
  [
    'an address left over from former times is replaced',
    'iface eth0 inet dhcp\n address 1.1.1.1\n netmask 255.0.0.0\n broadcast 1.255.255.255\n network 1.0.0.0\n gateway 1.0.0.1\n',
    'iface eth0 inet static\n address 18.181.3.4\n netmask 255.255.0.0\n gateway 18.181.0.1\n',
  ],
  [
    'inet6, other interfaces and their DHCP stay',
    'iface eth0 inet6 dhcp\n accept_ra 2\niface eth0 inet dhcp\niface eth00 inet dhcp\niface eth1 inet dhcp\n',
    'iface eth0 inet6 dhcp\n accept_ra 2\niface eth0 inet static\n address 18.181.3.4\n netmask 255.255.0.0\n gateway 18.181.0.1\niface eth00 inet dhcp\niface eth1 inet dhcp\n',
  ],
  [
    'Windows line ends',
    'iface eth0 inet dhcp\r\n  hostname x\r\n  mtu 9\r\n',
    'iface eth0 inet static\r\n  address 18.181.3.4\r\n  netmask 255.255.0.0\r\n  gateway 18.181.0.1\r\n  mtu 9\r\n',
  ],
  [
    'no line end at the end of the file',
    'iface eth0 inet dhcp',
    'iface eth0 inet static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1',
  ],
  [
    'a last option without line end that goes',
    'iface eth0 inet dhcp\n  mtu 9\n  hostname x',
    'iface eth0 inet static\n  address 18.181.3.4\n  netmask 255.255.0.0\n  gateway 18.181.0.1\n  mtu 9',
  ],
  [
    'blanks and a continuation in the header, more words behind it',
    '  iface\teth0  inet \\\n   dhcp  # card\n',
    '  iface\teth0  inet \\\n   static  # card\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1\n',
  ],
  [
    'options of several lines go or stay as one',
    'iface eth0 inet dhcp\n  hostname a\\\n   b\n  up c \\\n   hostname d\n',
    'iface eth0 inet static\n  address 18.181.3.4\n  netmask 255.255.0.0\n  gateway 18.181.0.1\n  up c \\\n   hostname d\n',
  ],
  [
    'a backslash that ends the file',
    'iface eth0 inet dhcp\\',
    'iface eth0 inet static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1',
  ],
  ['commented out', '#iface eth0 inet dhcp\n', '#iface eth0 inet dhcp\n'],
  ['already static', 'iface eth0 inet static\n', 'iface eth0 inet static\n'],
  [
    'bootp',
    'iface eth0 inet bootp\n bootfile f\n',
    'iface eth0 inet static\n address 18.181.3.4\n netmask 255.255.0.0\n gateway 18.181.0.1\n',
  ],
];

for (const [title, before, after] of statics) {
  test(`static: ${title}`, (t) => {
    t.is(makeStatic(before, 'eth0', xvm), after);
  });
}

test('static: name servers are written when given, and kept when not', (t) => {
  const before = 'iface eth0 inet dhcp\n dns-nameservers 1.1.1.1\n dns-search a.b\n';
  const form = (servers: string) =>
    `iface eth0 inet static\n address 10.0.0.2\n netmask 255.0.0.0\n${servers} dns-search a.b\n`;
  const configuration = { address: '10.0.0.2', netmask: '255.0.0.0' };
  t.is(
    makeStatic(before, 'eth0', { ...configuration, dns: ['8.8.8.8', '9.9.9.9'] }),
    form(' dns-nameservers 8.8.8.8 9.9.9.9\n'),
  );
  t.is(makeStatic(before, 'eth0', { ...configuration, dns: [] }), form(' dns-nameservers 1.1.1.1\n'));
});

test('static: one stanza at a time, until there is none', (t) => {
  fc.assert(
    fc.property(interfacesText, (text) => {
      const served = (each: string) =>
        viewOf([{ path: '', text: each }]).definitions.filter(
          ({ name, family, method }) => name === 'eth0' && family === 'inet' && method === 'dhcp',
        ).length;
      const after = makeStatic(text, 'eth0', xvm);
      const left = served(text) === 0 ? 0 : served(text) - 1;
      t.is(served(after), left);
      if (left === 0) t.is(makeStatic(after, 'eth0', xvm), after);
    }),
  );
});

test('static: lines that it does not own survive', (t) => {
  const owned = /^\s*(?:hostname|address|netmask|iface eth0 inet dhcp)/;
  fc.assert(
    fc.property(interfacesText, (text) => {
      const after = makeStatic(text, 'eth0', xvm).split(/\r?\n/);
      let at = -1;
      for (const line of text.split(/\r?\n/).filter((each) => !owned.test(each) && each.trim() !== '')) {
        const found = after.indexOf(line, at + 1);
        // A line behind a backslash belongs to the line before it, and goes with it; none of the owned ones has one.
        t.true(found > at, `${JSON.stringify(line)} is gone`);
        at = found;
      }
    }),
  );
});

const renames: readonly [title: string, before: string, after: string][] = [
  [
    'auto, allow and iface',
    'auto lo eth0\nallow-hotplug eth0\niface eth0 inet dhcp\n',
    'auto lo enX0\nallow-hotplug enX0\niface enX0 inet dhcp\n',
  ],
  [
    'VLANs and aliases',
    'auto eth0.5 eth0:0\niface eth0.5 inet manual\n vlan-raw-device eth0\n',
    'auto enX0.5 enX0:0\niface enX0.5 inet manual\n vlan-raw-device enX0\n',
  ],
  [
    'ports',
    'iface br0 inet manual\n bridge_ports eth0 eth1\n bond-slaves eth0\n bond-primary eth0\n',
    'iface br0 inet manual\n bridge_ports enX0 eth1\n bond-slaves enX0\n bond-primary enX0\n',
  ],
  ['logical names and rename', 'auto eth0=home\nrename eth0=lan\n', 'auto enX0=home\nrename enX0=lan\n'],
  [
    'commands',
    'iface br0 inet manual\n up ip link set eth0 up; ethtool -K "eth0" tx off\n',
    'iface br0 inet manual\n up ip link set enX0 up; ethtool -K "enX0" tx off\n',
  ],
  [
    'sysfs and sysctl',
    'iface a inet manual\n up echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_ignore\n up cat /sys/class/net/eth0/mtu\n up sysctl net.ipv4.conf.eth0.rp_filter=0\n',
    'iface a inet manual\n up echo 1 > /proc/sys/net/ipv4/conf/enX0/arp_ignore\n up cat /sys/class/net/enX0/mtu\n up sysctl net.ipv4.conf.enX0.rp_filter=0\n',
  ],
  ['continued lines', 'auto lo\\\n eth0\\\n eth1\n', 'auto lo\\\n enX0\\\n eth1\n'],
  ['comments stay', '# eth0\n#iface eth0 inet dhcp\n', '# eth0\n#iface eth0 inet dhcp\n'],
  [
    'longer names stay',
    'auto eth00 eth01 veth0 br-eth0 eth0-lan eth0_x\n',
    'auto eth00 eth01 veth0 br-eth0 eth0-lan eth0_x\n',
  ],
  [
    'names of files stay',
    'source eth0\nsource-directory eth0\niface a inet manual\n up /etc/fw/eth0.rules\n up sh /etc/eth0 eth0.sh\n',
    'source eth0\nsource-directory eth0\niface a inet manual\n up /etc/fw/eth0.rules\n up sh /etc/eth0 eth0.sh\n',
  ],
  [
    'free texts stay',
    'iface eth1 inet dhcp\n hostname eth0\n description eth0\n',
    'iface eth1 inet dhcp\n hostname eth0\n description eth0\n',
  ],
];

for (const [title, before, after] of renames) {
  test(`rename: ${title}`, (t) => {
    t.is(renameInterface(before, 'eth0', 'enX0'), after);
  });
}

test('rename: there and back again is where it began, twice is once', (t) => {
  fc.assert(
    fc.property(interfacesText, (text) => {
      const there = renameInterface(text, 'eth0', 'enX0');
      t.is(renameInterface(there, 'eth0', 'enX0'), there);
      t.is(renameInterface(there, 'enX0', 'eth0'), text);
    }),
  );
});

test("a name's special characters are taken as they are", (t) => {
  t.is(
    'a+b axb a+b'.replace(interfacePattern('a+b'), () => '$&'),
    '$& axb $&',
  );
});
