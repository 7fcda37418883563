import test from 'ava';
import type { RecordState, RecordVif } from '../../../src/mode-records/mode-record.js';
import { type RecordNetwork, recordNetwork } from '../../../src/mode-records/record-network.js';

const stateOf = (vifs: readonly RecordVif[]): RecordState => ({
  mode: 'hvm',
  domain: 'web1',
  disks: [],
  vifs,
});

const cases: readonly [string, readonly RecordVif[], RecordNetwork][] = [
  ['no card', [], { kind: 'none' }],
  ['a card without an address', [{ mac: '00:16:3e:00:00:01' }], { kind: 'none' }],
  ['an address', [{ ip: '18.181.3.4' }], { kind: 'address', address: '18.181.3.4', dns: [] }],
  [
    'with its prefix',
    [{ ip: '18.181.3.4/16' }],
    { kind: 'address', address: '18.181.3.4', prefix: 16, dns: [] },
  ],
  ['of one address alone', [{ ip: '18.181.3.4/32' }], { kind: 'address', address: '18.181.3.4', dns: [] }],
  [
    'an IPv6 address beside it',
    [{ ip: 'fe80::1 18.181.3.4' }],
    { kind: 'address', address: '18.181.3.4', dns: [] },
  ],
  [
    'on the second card only',
    [{ mac: 'x' }, { ip: '10.1.2.3' }],
    { kind: 'several', addresses: ['10.1.2.3'] },
  ],
  [
    'with all that a site may keep beside it',
    [{ ip: '10.1.2.3', netmask: '255.255.255.0', gateway: '10.1.2.1', dns: '10.1.2.53, 10.1.2.54' }],
    {
      kind: 'address',
      address: '10.1.2.3',
      prefix: 24,
      gateway: '10.1.2.1',
      dns: ['10.1.2.53', '10.1.2.54'],
    },
  ],
  [
    'a netmask that is a length beats the prefix',
    [{ ip: '10.1.2.3/8', netmask: '24' }],
    { kind: 'address', address: '10.1.2.3', prefix: 24, dns: [] },
  ],
  [
    'nonsense beside it',
    [{ ip: '10.1.2.3', netmask: '255.0.255.0', gateway: 'router', dns: 'ns1' }],
    { kind: 'address', address: '10.1.2.3', dns: [] },
  ],
  ['no address at all', [{ ip: 'dhcp 10.1 0x0a.1.2.3 10.1.2.300' }], { kind: 'none' }],
  [
    'two on one card',
    [{ ip: '10.1.2.3 10.1.2.4' }],
    { kind: 'several', addresses: ['10.1.2.3', '10.1.2.4'] },
  ],
  [
    'two cards',
    [{ ip: '10.1.2.3' }, { ip: '10.9.2.4' }],
    { kind: 'several', addresses: ['10.1.2.3', '10.9.2.4'] },
  ],
];

for (const [title, vifs, network] of cases) {
  test(title, (t) => {
    t.deepEqual(recordNetwork(stateOf(vifs)), network);
  });
}
