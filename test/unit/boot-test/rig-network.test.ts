import test from 'ava';
import { dom0Address } from '../../../src/boot-test/rig-network.js';

const networks = [
  [{ address: '18.181.3.4', prefix: 16, gateway: '18.181.0.1' }, '18.181.0.1'],
  [{ address: '18.181.3.4', prefix: 16 }, '18.181.0.1'],
  [{ address: '18.181.0.1', prefix: 16 }, '18.181.0.2'],
  [{ address: '18.181.0.1', prefix: 16, gateway: '18.181.0.1' }, '18.181.0.2'],
  [{ address: '192.168.7.130', prefix: 25 }, '192.168.7.129'],
  [{ address: '203.0.113.6', prefix: 31 }, '203.0.113.7'],
  [{ address: '203.0.113.7', prefix: 31 }, '203.0.113.6'],
  [{ address: '255.255.255.253', prefix: 30 }, '255.255.255.254'],
] as const;

for (const [network, expected] of networks) {
  test(`dom0 beside ${JSON.stringify(network)} is ${expected}`, (t) => {
    t.is(dom0Address(network), expected);
  });
}
