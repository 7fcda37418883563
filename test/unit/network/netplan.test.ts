import test from 'ava';
import type { GuestNode } from '../../../src/model.js';
import { netplanViewOf, readNetplan } from '../../../src/network/netplan.js';
import { guestTree } from './guest-tree-of.js';

const viewOf = (...texts: string[]) =>
  netplanViewOf(texts.map((text, at) => ({ path: `/etc/netplan/${at}.yaml`, text })));

test('files merge key by key: lists add up, later words win', (t) => {
  const { definitions } = viewOf(
    'network:\n  ethernets:\n    a: {dhcp4: true, addresses: [10.0.0.1/24], mtu: 1}\n',
    'network:\n  renderer: NetworkManager\n  ethernets:\n    a: {dhcp4: off, addresses: [10.0.0.2/24, "2001:db8::1/64"]}\n    b: {renderer: networkd}\n',
  );
  t.deepEqual(
    definitions.map(({ id, dhcp4, addresses, renderer }) => ({ id, dhcp4, addresses, renderer })),
    [
      { id: 'a', dhcp4: false, addresses: ['10.0.0.1/24', '10.0.0.2/24'], renderer: 'NetworkManager' },
      { id: 'b', dhcp4: false, addresses: [], renderer: 'networkd' },
    ],
  );
});

test('addresses with options, gateways of each form, parts', (t) => {
  const { definitions } = viewOf(`network:
  ethernets:
    a:
      addresses:
      - 10.0.0.1/24: {label: x}
      gateway4: 10.0.0.254
      routes:
      - {to: default, via: 10.0.0.253}
      - {to: 0.0.0.0/0, via: 10.0.0.252, table: 7}
      - {to: default, via: "2001:db8::1"}
      - {to: 10.0.0.0/8, via: 10.0.0.251}
  bridges:
    br0: {interfaces: [a, v]}
  vlans:
    v: {id: 3, link: a}
  wifis:
    wlan0: {dhcp4: true}
`);
  t.deepEqual(
    definitions.map(({ id, addresses, gateways, parts }) => [id, addresses, gateways, parts]),
    [
      ['a', ['10.0.0.1/24'], ['10.0.0.254', '10.0.0.253'], []],
      ['br0', [], [], ['a', 'v']],
      ['v', [], [], ['a']],
    ],
  );
});

test('the words for yes are those of netplan', (t) => {
  const words = ['true', 'yes', 'on', 'y', 'TRUE', '"yes"', 'false', 'no', 'off', 'n', '1', '', 'x'];
  const read = words.map(
    (word) => viewOf(`network: {ethernets: {a: {dhcp4: ${word}}}}`).definitions[0]?.dhcp4,
  );
  t.deepEqual(
    read,
    words.map((_, at) => at < 6),
  );
});

const odd = [
  '',
  'network:\n',
  'network: []\n',
  'network: {ethernets: 1}\n',
  'network: {ethernets: [a]}\n',
  '- a\n',
  'x\n',
];

for (const text of odd) {
  test(`nothing is defined by ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(viewOf(text).definitions, []);
  });
}

test('which files are read, in which order', (t) => {
  const tree = guestTree({
    '/etc/netplan/b.yaml': 'network: {ethernets: {a: {dhcp4: false}}}',
    '/etc/netplan/B.yaml': 'network: {ethernets: {a: {dhcp4: true}}}',
    '/etc/netplan/.hidden.yaml': '{',
    '/etc/netplan/a.yml': '{',
    '/etc/netplan/old.yaml.bak': '{',
    '/etc/netplan/link.yaml': { kind: 'symlink', target: '/etc/other.yaml' } satisfies GuestNode,
    '/etc/other.yaml': 'network: {bridges: {br0: {}}}',
    '/etc/netplan/big.yaml': { kind: 'unread', bytes: 9_000_000 } satisfies GuestNode,
    '/etc/netplan/gone.yaml': { kind: 'symlink', target: '/nowhere' } satisfies GuestNode,
  });
  const { files, unclear, definitions } = readNetplan(tree);
  t.deepEqual(
    files.map(({ path }) => path),
    ['/etc/netplan/B.yaml', '/etc/netplan/b.yaml', '/etc/netplan/link.yaml'],
  );
  t.deepEqual(unclear, ['/etc/netplan/big.yaml has 9000000 bytes']);
  t.deepEqual(
    definitions.map(({ id, dhcp4 }) => [id, dhcp4]),
    [
      ['a', false],
      ['br0', false],
    ],
  );
});
