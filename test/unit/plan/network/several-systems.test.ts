import test from 'ava';
import type { NetworkRequest } from '../../../../src/model.js';
import { address, type Files, keep, link, noAddress, planned, textsOf } from './planned.js';

const interfaces = '/etc/network/interfaces';
const network = '/etc/systemd/network/10-a.network';
const base: Files = {
  '/etc/resolv.conf': 'nameserver 1.1.1.1\n',
  '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service': link(),
};
const stanza = (name: string, rest = 'dhcp\n') => `auto ${name}\niface ${name} inet ${rest}`;
const fixed = 'static\n    address 18.181.3.4\n    netmask 255.255.0.0\n    gateway 18.181.0.1\n';
const file = (name: string, rest = 'DHCP=yes\n') => `[Match]\nName=${name}\n[Network]\n${rest}`;

interface Case {
  readonly title: string;
  readonly files: Files;
  readonly request?: NetworkRequest;
  readonly after?: Readonly<Record<string, string>>;
  readonly problems?: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: 'ifupdown has the card with DHCP, networkd another: its name changes',
    files: { [interfaces]: stanza('ens3'), [network]: file('ens4', 'Address=10.0.0.2/8\n') },
    // Two cards are known by one system each, so that each takes its own for the first one.
    problems: ['ambiguous-network'],
  },
  {
    title: 'the numbers in the names tell the cards apart',
    files: { [interfaces]: stanza('eth0'), [network]: file('eth1', 'Address=10.0.0.2/8\n') },
    after: { [interfaces]: stanza('enX0', fixed), [network]: file('enX1', 'Address=10.0.0.2/8\n') },
  },
  {
    title: 'networkd has the one with DHCP',
    files: { [interfaces]: stanza('eth1', 'static\n    address 10.0.0.2/8\n'), [network]: file('eth0') },
    after: {
      [interfaces]: stanza('enX1', 'static\n    address 10.0.0.2/8\n'),
      [network]: file('enX0', 'Address=18.181.3.4/16\nGateway=18.181.0.1\n'),
    },
  },
  {
    title: 'both ask DHCP, the user names one',
    request: { ...address, interface: 'eth1' },
    files: { [interfaces]: stanza('eth0'), [network]: file('eth1') },
    after: {
      [interfaces]: stanza('enX0'),
      [network]: file('enX1', 'Address=18.181.3.4/16\nGateway=18.181.0.1\n'),
    },
  },
  {
    title: 'both ask DHCP',
    files: { [interfaces]: stanza('eth0'), [network]: file('eth1') },
    problems: ['several-dhcp-interfaces'],
  },
  {
    title: 'both have the same card',
    request: keep,
    files: { [interfaces]: stanza('enX0'), [network]: file('enX0') },
    problems: ['ambiguous-network'],
  },
  {
    title: 'both have the same card after it was renamed',
    request: keep,
    files: { [interfaces]: stanza('ens3'), [network]: file('enX0') },
    problems: ['ambiguous-network'],
  },
  {
    title: 'a pattern takes the card of the other',
    request: keep,
    files: { [interfaces]: stanza('enX0'), [network]: file('en*') },
    problems: ['ambiguous-network'],
  },
  {
    title: 'both are static, one has the address',
    files: {
      [interfaces]: stanza('enX1', 'static\n address 10.0.0.2/8\n'),
      [network]: file('enX0', 'Address=18.181.3.4/16\n'),
    },
    after: {},
  },
  {
    title: 'DHCP without an address',
    request: noAddress,
    files: { [interfaces]: stanza('eth0'), [network]: file('eth1', 'Address=10.0.0.2/8\n') },
    problems: ['no-static-address'],
  },
];

for (const { title, files, request = address, after = {}, problems = [] } of cases) {
  test(title, (t) => {
    const result = planned({ files: { ...base, ...files } }, request);
    t.deepEqual(
      result.problems.map(({ code }) => code),
      [...problems],
    );
    t.deepEqual(textsOf(result), { ...after });
  });
}
