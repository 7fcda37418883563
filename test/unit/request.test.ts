import test from 'ava';
import { UsageError } from '../../src/errors.js';
import type { NetworkRequest } from '../../src/model.js';
import { builtInSites, makeRequest, type NetworkFlags, type Site } from '../../src/request.js';

const sites: Record<string, Site> = {
  ...builtInSites,
  lab: { netmask: '255.255.255.0', gateway: '10.1.2.1', dns: ['10.1.2.53'] },
  half: { gateway: '10.1.2.1' },
};

const good: readonly [string, NetworkFlags, NetworkRequest][] = [
  ['nothing', {}, { policy: 'static', dns: [] }],
  [
    'an address with its prefix',
    { address: '18.181.3.4/16' },
    { policy: 'static', address: '18.181.3.4', prefix: 16, dns: [] },
  ],
  [
    'an address with its netmask behind a slash',
    { address: '18.181.3.4/255.255.0.0' },
    { policy: 'static', address: '18.181.3.4', prefix: 16, dns: [] },
  ],
  [
    'an address and a netmask',
    { address: '18.181.3.4', netmask: '255.255.0.0', gateway: '18.181.0.1' },
    { policy: 'static', address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1', dns: [] },
  ],
  [
    'prefix and netmask that agree',
    { address: '18.181.3.4/16', netmask: '255.255.0.0' },
    { policy: 'static', address: '18.181.3.4', prefix: 16, dns: [] },
  ],
  [
    'the site of the origin page',
    { address: '18.181.3.4', site: 'xvm' },
    { policy: 'static', address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1', dns: [] },
  ],
  [
    'flags beat the site',
    { address: '10.1.2.3/16', gateway: '10.1.0.1', dns: ['9.9.9.9'], site: 'lab' },
    { policy: 'static', address: '10.1.2.3', prefix: 16, gateway: '10.1.0.1', dns: ['9.9.9.9'] },
  ],
  [
    'a netmask beats the site too',
    { address: '10.1.2.3', netmask: '255.255.0.0', site: 'lab' },
    { policy: 'static', address: '10.1.2.3', prefix: 16, gateway: '10.1.2.1', dns: ['10.1.2.53'] },
  ],
  [
    'a site without an address',
    { site: 'xvm' },
    { policy: 'static', prefix: 16, gateway: '18.181.0.1', dns: [] },
  ],
  [
    'name servers, one by one and with commas, IPv6 too',
    { dns: ['18.70.0.160,18.71.0.151', '2001:db8::53'] },
    { policy: 'static', dns: ['18.70.0.160', '18.71.0.151', '2001:db8::53'] },
  ],
  ['keep DHCP', { keepDhcp: true }, { policy: 'keep-dhcp', dns: [] }],
  [
    'keep DHCP, with an interface and a site',
    { keepDhcp: true, interface: 'eth0', site: 'xvm' },
    { policy: 'keep-dhcp', prefix: 16, gateway: '18.181.0.1', dns: [], interface: 'eth0' },
  ],
  [
    'a point-to-point network',
    { address: '10.0.0.2/31', gateway: '10.0.0.3' },
    { policy: 'static', address: '10.0.0.2', prefix: 31, gateway: '10.0.0.3', dns: [] },
  ],
  [
    'a single address',
    { address: '10.0.0.2/32' },
    { policy: 'static', address: '10.0.0.2', prefix: 32, dns: [] },
  ],
];

for (const [title, flags, network] of good) {
  test(title, (t) => {
    t.deepEqual(makeRequest(flags, sites).network, network);
  });
}

const noAddress = (text: string) => `--address ${text} is not an IPv4 address`;
const dontFit = "the address 18.181.3.4/16 and the gateway 18.182.0.1 don't fit together";

const bad: readonly [string, NetworkFlags, string][] = [
  ['no number', { address: 'guest.example/16' }, noAddress('guest.example')],
  ['an empty address', { address: '' }, noAddress('')],
  ['too large a number', { address: '18.181.3.256/16' }, noAddress('18.181.3.256')],
  ['three parts', { address: '18.181.3/16' }, noAddress('18.181.3')],
  ['hexadecimal', { address: '0x12.1.1.1/16' }, noAddress('0x12.1.1.1')],
  ['octal', { address: '018.181.3.4/16' }, noAddress('018.181.3.4')],
  ['blanks', { address: ' 18.181.3.4/16' }, noAddress(' 18.181.3.4')],
  ['IPv6', { address: '2001:db8::1/64' }, noAddress('2001:db8::1')],
  ['two slashes', { address: '18.181.3.4/16/24' }, noAddress('18.181.3.4/16/24')],
  ['an empty prefix', { address: '18.181.3.4/' }, '--address 18.181.3.4/ is not a netmask'],
  ['prefix 0', { address: '18.181.3.4/0' }, '--address 18.181.3.4/0 is not a netmask'],
  ['prefix 33', { address: '18.181.3.4/33' }, '--address 18.181.3.4/33 is not a netmask'],
  ['a negative prefix', { address: '18.181.3.4/-1' }, '--address 18.181.3.4/-1 is not a netmask'],
  [
    'a mask with a hole',
    { address: '1.2.3.4', netmask: '255.0.255.0' },
    '--netmask 255.0.255.0 is not a netmask',
  ],
  ['an empty mask', { address: '1.2.3.4', netmask: '0.0.0.0' }, '--netmask 0.0.0.0 is not a netmask'],
  ['a mask as a number', { address: '1.2.3.4', netmask: '16' }, '--netmask 16 is not a netmask'],
  [
    'prefix and netmask that differ',
    { address: '18.181.3.4/16', netmask: '255.255.255.0' },
    '--address says /16 and --netmask 255.255.255.0',
  ],
  ['a gateway that is no address', { gateway: 'router' }, '--gateway router is not an IPv4 address'],
  ['a name server that is no address', { dns: ['9.9.9.9,dns'] }, '--dns dns is not an IP address'],
  ['an empty name server', { dns: [''] }, '--dns  is not an IP address'],
  ['an unknown site', { site: 'mars' }, 'the site mars is not known'],
  ['a site that only looks known', { site: 'toString' }, 'the site toString is not known'],
  [
    'keep DHCP and an address',
    { keepDhcp: true, address: '18.181.3.4/16' },
    '--keep-dhcp and --address contradict each other',
  ],
  ['an address alone', { address: '18.181.3.4' }, '--address 18.181.3.4 comes without its network'],
  [
    'a site without a netmask',
    { address: '10.1.2.3', site: 'half' },
    '--address 10.1.2.3 comes without its network',
  ],
  ['the gateway is in another network', { address: '18.181.3.4/16', gateway: '18.182.0.1' }, dontFit],
  [
    "an address outside of its site's network",
    { address: '10.0.0.4', site: 'xvm' },
    "the address 10.0.0.4/16 and the gateway 18.181.0.1 don't fit together",
  ],
  [
    'the gateway itself',
    { address: '18.181.0.1', site: 'xvm' },
    "the address 18.181.0.1/16 and the gateway 18.181.0.1 don't fit together",
  ],
  [
    "the network's own address",
    { address: '18.181.0.0/16' },
    'the address 18.181.0.0/16 is that of the network itself, not of a machine in it',
  ],
  [
    "the network's broadcast address",
    { address: '18.181.255.255/16' },
    'the address 18.181.255.255/16 is that of the network itself, not of a machine in it',
  ],
];

for (const [title, flags, message] of bad) {
  test(`wrong usage: ${title}`, (t) => {
    t.throws(() => makeRequest(flags, sites), { instanceOf: UsageError, message });
  });
}

test('the sites that are known are named', (t) => {
  const error = t.throws(() => makeRequest({ site: 'mars' }, sites), { instanceOf: UsageError });
  t.is(error?.remedy, 'known sites: half, lab, xvm');
});

const kernelRequests = [
  ['auto', { install: 'if-needed', headers: true }],
  ['install', { install: 'always', headers: true }],
  ['linux-image-cloud-amd64', { install: 'always', package: 'linux-image-cloud-amd64', headers: true }],
] as const;

for (const [kernel, expected] of kernelRequests) {
  test(`--kernel ${kernel}`, (t) => {
    t.deepEqual(makeRequest({ kernel }, sites).kernel, expected);
  });
}

test('without headers', (t) => {
  t.false(makeRequest({ headers: false }, sites).kernel.headers);
});

for (const kernel of ['', '-o', 'Linux Image', 'x', 'a/b', 'a=1']) {
  test(`--kernel "${kernel}" names no package`, (t) => {
    t.throws(() => makeRequest({ kernel }, sites), { instanceOf: UsageError });
  });
}
