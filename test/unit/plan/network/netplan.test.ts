import test from 'ava';
import fc from 'fast-check';
import type { NetworkRequest, RuleResult } from '../../../../src/model.js';
import { netplanPlanner } from '../../../../src/plan/network/netplan.js';
import { netplanText } from '../../network/netplan-text.js';
import { address, keep, netplanCases } from './netplan-cases.js';
import { type NetplanGuest, netplanFacts } from './netplan-guest.js';

const folder = '/etc/netplan';

const apply = (guest: NetplanGuest, request: NetworkRequest = guest.request ?? address): RuleResult =>
  netplanPlanner.plan(netplanFacts(guest), request);

const edited = ({ edits }: RuleResult): Record<string, string> =>
  Object.fromEntries(
    edits.map(({ path, node }) => [
      path.replace(`${folder}/`, ''),
      node.kind === 'file' ? node.text : node.kind,
    ]),
  );

const codes = (items: readonly { readonly code: string }[]) => items.map(({ code }) => code);

for (const guest of netplanCases) {
  test(guest.title, (t) => {
    const result = apply(guest);
    t.deepEqual(codes(result.problems), [], JSON.stringify(result.problems));
    t.deepEqual(edited(result), guest.after);
    t.deepEqual(codes(result.notices), guest.notices ?? []);
  });

  test(`${guest.title}: the result needs nothing more`, (t) => {
    const before = { ...guest.before, ...guest.after };
    for (const request of [guest.request ?? address, keep]) {
      const again = apply({ ...guest, before }, request);
      t.deepEqual([again.edits, again.problems], [[], []]);
    }
  });
}

const ethernets = (text: string): Record<string, string> => ({
  'a.yaml': `network:\n  version: 2\n  ethernets:\n${text}`,
});
const dhcp = '    ens3: {dhcp4: true}\n';
const noAddress: NetworkRequest = { policy: 'static', dns: [] };

const refused: readonly (NetplanGuest & { title: string; code: string; says: RegExp })[] = [
  {
    title: 'no address',
    before: ethernets(dhcp),
    request: noAddress,
    code: 'no-static-address',
    says: /^ens3 /,
  },
  {
    title: 'two with DHCP',
    before: ethernets(`${dhcp}    ens4: {dhcp4: true}\n`),
    code: 'several-dhcp-interfaces',
    says: /ens3, ens4/,
  },
  {
    title: 'an interface that is not there',
    before: ethernets(dhcp),
    request: { ...address, interface: 'ens9' },
    code: 'interface-not-found',
    says: /ens9.*ens3/,
  },
  {
    title: "a bridge's port",
    before: {
      'a.yaml': 'network: {ethernets: {ens3: {}}, bridges: {br0: {dhcp4: true, interfaces: [ens3]}}}',
    },
    request: { ...address, interface: 'ens3' },
    code: 'interface-not-dhcp',
    says: /^ens3 has no IPv4 address/,
  },
  {
    title: 'another static address',
    before: ethernets('    ens3: {addresses: [10.0.0.2/24]}\n'),
    code: 'address-differs',
    says: /10\.0\.0\.2 on ens3/,
  },
  {
    title: 'another gateway beside DHCP',
    before: ethernets('    ens3: {dhcp4: true, gateway4: 18.181.0.9}\n'),
    code: 'ambiguous-network',
    says: /18\.181\.0\.9/,
  },
  {
    title: 'names of two kinds',
    before: ethernets(`${dhcp}    eth0: {dhcp4: true}\n`),
    code: 'ambiguous-network',
    says: /different ways/,
  },
  {
    title: "a VLAN on a card that won't be there",
    before: {
      'a.yaml':
        'network:\n  ethernets:\n    enX0: {addresses: [10.0.0.1/8]}\n    eth0: {dhcp4: true}\n  vlans:\n    v5: {id: 5, link: eth0, dhcp4: true}\n',
    },
    code: 'ambiguous-network',
    says: /different ways/,
  },
  {
    title: 'the address is on another one',
    before: ethernets('    enX0: {dhcp4: true}\n    enX1: {addresses: [18.181.3.4/16]}\n'),
    request: { ...address, interface: 'enX0' },
    code: 'ambiguous-network',
    says: /enX1 has the address/,
  },
  {
    title: 'a pattern and a name for one card, for NetworkManager',
    before: ethernets(
      '    renderer: NetworkManager\n    a: {match: {name: "en*"}, dhcp4: true}\n    enX0: {dhcp4: true}\n',
    ),
    code: 'ambiguous-network',
    says: /both for enX0/,
  },
  {
    title: 'two patterns that take no card any more',
    systemd: 249,
    before: ethernets(
      '    a: {match: {name: "en*"}, dhcp4: true}\n    b: {match: {name: "enp*"}, dhcp4: true}\n',
    ),
    code: 'ambiguous-network',
    says: /\(a, b\)/,
  },
  {
    title: 'two drivers',
    before: ethernets('    a: {match: {driver: [e1000, 8139cp]}, dhcp4: true}\n'),
    code: 'ambiguous-network',
    says: /takes none of Xen's \(a\)/,
  },
  {
    title: 'a name for a name',
    before: ethernets('    a: {match: {name: ens3}, set-name: lan0, dhcp4: true}\n'),
    code: 'ambiguous-network',
    says: /set-name/,
  },
  {
    title: 'an anchor at what is edited',
    before: ethernets('    ens3: &x {dhcp4: true}\n    ens4: {dhcp6: true}\n'),
    code: 'ambiguous-network',
    says: /a\.yaml is written in an unusual way/,
  },
  {
    title: 'an alias',
    before: ethernets('    ens3: &x {dhcp4: true}\n    ens4: *x\n'),
    request: { ...address, interface: 'ens4' },
    code: 'ambiguous-network',
    says: /unusual/,
  },
  {
    title: 'no YAML',
    before: { 'a.yaml': 'network:\n\tversion: 2\n' },
    code: 'ambiguous-network',
    says: /a\.yaml isn't/,
  },
  { title: 'a repeated key', before: ethernets(`${dhcp}${dhcp}`), code: 'ambiguous-network', says: /unique/ },
  {
    title: 'a merge key',
    before: ethernets('    ens3: {<<: {}, dhcp4: true}\n'),
    code: 'ambiguous-network',
    says: /merge/,
  },
  {
    title: 'bytes that are no UTF-8',
    before: ethernets(`${dhcp}# \xff\n`),
    code: 'ambiguous-network',
    says: /UTF-8/,
  },
  {
    title: 'two documents',
    before: { 'a.yaml': 'a: 1\n---\nb: 2\n' },
    code: 'ambiguous-network',
    says: /document/,
  },
];

for (const { title, code, says, ...guest } of refused) {
  test(`refused: ${title}`, (t) => {
    const { problems, edits } = apply(guest);
    t.deepEqual([...new Set(codes(problems))], [code], JSON.stringify(problems));
    t.regex(problems.map(({ message }) => message).join('\n'), says);
    t.deepEqual(edits, []);
  });
}

const noticed: readonly (NetplanGuest & { title: string; notices: readonly string[] })[] = [
  {
    title: 'a static interface with another prefix and no gateway',
    before: ethernets('    enX0: {addresses: [18.181.3.4/24]}\n'),
    notices: ['network-differs'],
  },
  {
    title: 'no gateway',
    before: ethernets('    enX0: {dhcp4: true, nameservers: {addresses: [1.1.1.1]}}\n'),
    request: { policy: 'static', address: '10.0.0.2', prefix: 24, dns: [] },
    notices: ['no-gateway'],
  },
  {
    title: 'a firewall that names the card',
    before: ethernets('    ens3: {dhcp4: true}\n'),
    request: keep,
    files: { '/etc/nftables.conf': 'iif ens3 accept\n' },
    notices: ['interface-name-elsewhere'],
  },
  {
    title: "cloud-init's file with a mended name and DHCP",
    before: { '50-cloud-init.yaml': 'network: {ethernets: {ens3: {dhcp4: true}}}\n' },
    request: keep,
    notices: ['cloud-init-rewrites'],
  },
];

for (const { title, notices, ...guest } of noticed) {
  test(`noticed: ${title}`, (t) => {
    const result = apply(guest);
    t.deepEqual([codes(result.notices), result.problems], [notices, []]);
  });
}

test('the name servers go to a plain resolv.conf too', (t) => {
  const files = { '/etc/resolv.conf': 'search a.b\nnameserver 10.0.0.2\n' };
  const before = ethernets('    enX0: {dhcp4: true}\n');
  const result = apply({ before, files, request: { ...address, dns: ['1.1.1.1'] } });
  t.is(edited(result)['/etc/resolv.conf'], 'search a.b\nnameserver 1.1.1.1\n');
  t.deepEqual(result.notices, []);
});

const claims: readonly [string, NetplanGuest, readonly string[]][] = [
  [
    'cards, bridges and patterns',
    {
      before: {
        'a.yaml':
          'network: {ethernets: {ens3: {}, x: {match: {name: "en*"}}, y: {match: {macaddress: "00:16:3e:00:00:01"}, set-name: eth7}, lo: {}}, bridges: {br0: {}}}',
      },
    },
    ['ens3', 'en*', 'eth7', 'br0'],
  ],
  ['a renderer alone', { before: { 'a.yaml': 'network: {version: 2, renderer: NetworkManager}\n' } }, []],
  ['no package', { before: ethernets(dhcp), packages: { ifupdown: '1' } }, []],
  ['its package', { before: ethernets(dhcp), packages: { 'netplan.io': '1.1' } }, ['ens3']],
  ['other names of files', { before: { '.a.yaml': dhcp, 'a.yml': dhcp, 'a.yaml~': dhcp } }, []],
];

for (const [title, guest, names] of claims) {
  test(`claims: ${title}`, (t) => {
    t.deepEqual(netplanPlanner.claims(netplanFacts(guest)), names);
  });
}

test('what cannot be read is claimed, so that it is said', (t) => {
  t.is(netplanPlanner.claims(netplanFacts({ before: { 'a.yaml': '{' } })).length, 1);
});

test('whatever stands in the file, nothing is thrown, and a second run wants nothing more', (t) => {
  const words = fc.constantFrom(
    'network:\n',
    '  version: 2\n',
    '  ethernets:\n',
    '  bridges:\n',
    '    ens3:\n',
    '    br0: {dhcp4: yes, interfaces: [ens3]}\n',
    '      dhcp4: true\n',
    '      dhcp4: "yes" # x\n',
    '      match: {name: "en*"}\n',
    '      match:\n        driver: e1000\n',
    '      set-name: lan\n',
    '      addresses: [18.181.3.4/16]\n',
    '      addresses:\n      - 10.0.0.1/8\n',
    '    ens4: &a {dhcp4: true}\n',
    '    eth0: *a\n',
    '\t',
    '\r\n',
    '# c\n',
    '      dhcp-identifier: mac\n',
    '      routes: []\n',
    '      nameservers:\n',
    '{',
    ']',
  );
  const texts = fc.oneof(
    fc.array(words, { maxLength: 14 }).map((parts) => parts.join('')),
    netplanText,
  );
  const requests = fc.constantFrom(
    address,
    keep,
    { ...address, interface: 'ens3' },
    { ...address, dns: ['1.1.1.1'] },
  );
  fc.assert(
    fc.property(texts, requests, fc.constantFrom(249, 252), (text, request, systemd) => {
      const first = apply({ before: { 'a.yaml': text }, systemd }, request);
      const after = edited(first)['a.yaml'];
      if (first.problems.length > 0 || after === undefined) return;
      const again = apply({ before: { 'a.yaml': after }, systemd }, request);
      t.deepEqual([again.edits, again.problems], [[], []], JSON.stringify([text, after, again.problems]));
    }),
    { numRuns: 400 },
  );
  t.pass();
});
