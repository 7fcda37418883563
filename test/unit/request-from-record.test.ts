import test from 'ava';
import type { RecordNetwork } from '../../src/mode-records/record-network.js';
import type { NetworkRequest, RequestValue } from '../../src/model.js';
import { builtInSites, makeRequest, type NetworkFlags } from '../../src/request.js';
import { completeByRecord } from '../../src/request-from-record.js';

const record = 'the machine web1';
const by = { origin: 'record', where: record } as const;
const full: RecordNetwork = {
  kind: 'address',
  address: '18.181.3.4',
  prefix: 24,
  gateway: '18.181.3.1',
  dns: ['18.181.3.53'],
};
const bare: RecordNetwork = { kind: 'address', address: '18.181.3.4', dns: [] };

const good: readonly [string, NetworkFlags, RecordNetwork, NetworkRequest, readonly RequestValue[]][] = [
  [
    'the record alone',
    {},
    full,
    { policy: 'static', address: '18.181.3.4', prefix: 24, gateway: '18.181.3.1', dns: ['18.181.3.53'] },
    [
      { name: 'address', value: '18.181.3.4', ...by },
      { name: 'netmask', value: '255.255.255.0', ...by },
      { name: 'gateway', value: '18.181.3.1', ...by },
      { name: 'dns', value: '18.181.3.53', ...by },
    ],
  ],
  [
    'the site is stronger than the record',
    { site: 'xvm' },
    full,
    { policy: 'static', address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1', dns: ['18.181.3.53'] },
    [
      { name: 'address', value: '18.181.3.4', ...by },
      { name: 'dns', value: '18.181.3.53', ...by },
      { name: 'netmask', value: '255.255.0.0', origin: 'site', where: 'xvm' },
      { name: 'gateway', value: '18.181.0.1', origin: 'site', where: 'xvm' },
    ],
  ],
  [
    'the command line is stronger than both',
    { site: 'xvm', netmask: '255.255.128.0', dns: ['9.9.9.9'], interface: 'eth0' },
    full,
    {
      policy: 'static',
      address: '18.181.3.4',
      prefix: 17,
      gateway: '18.181.0.1',
      dns: ['9.9.9.9'],
      interface: 'eth0',
    },
    [
      { name: 'address', value: '18.181.3.4', ...by },
      { name: 'netmask', value: '255.255.128.0', origin: 'command line' },
      { name: 'gateway', value: '18.181.0.1', origin: 'site', where: 'xvm' },
      { name: 'dns', value: '9.9.9.9', origin: 'command line' },
      { name: 'interface', value: 'eth0', origin: 'command line' },
    ],
  ],
];

for (const [title, flags, found, network, values] of good) {
  test(title, (t) => {
    const completed = completeByRecord(makeRequest(flags, builtInSites), found, record);
    if (completed.kind !== 'request') return t.fail(completed.kind);
    t.deepEqual(completed.request.network, network);
    t.deepEqual(completed.request.values, values);
  });
}

const bad: readonly [string, NetworkFlags, RecordNetwork, string, RegExp][] = [
  ['no netmask anywhere', {}, bare, 'record-without-netmask', /how large its network is/],
  [
    'several addresses',
    {},
    { kind: 'several', addresses: ['10.1.2.3', '10.1.2.4'] },
    'record-addresses-unclear',
    /10\.1\.2\.3, 10\.1\.2\.4/,
  ],
  [
    "the site's gateway is in another network",
    { netmask: '255.255.255.0', gateway: '10.0.0.1' },
    bare,
    'record-address-unfit',
    /don't fit together/,
  ],
  [
    'the address of the network itself',
    {},
    { ...full, address: '18.181.3.0' },
    'record-address-unfit',
    /itself/,
  ],
];

for (const [title, flags, found, code, says] of bad) {
  test(title, (t) => {
    const completed = completeByRecord(makeRequest(flags, builtInSites), found, record);
    if (completed.kind !== 'problem') return t.fail(completed.kind);
    t.is(completed.problem.code, code);
    t.regex(completed.problem.message, says);
  });
}

test('a record without an address changes nothing', (t) => {
  t.deepEqual(completeByRecord(makeRequest({}, {}), { kind: 'none' }, record), { kind: 'nothing' });
});
