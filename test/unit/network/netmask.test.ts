import test from 'ava';
import { netmaskOf, sameNetmask } from '../../../src/network/netmask.js';

for (const [prefix, mask] of [
  [0, '0.0.0.0'],
  [1, '128.0.0.0'],
  [8, '255.0.0.0'],
  [16, '255.255.0.0'],
  [23, '255.255.254.0'],
  [30, '255.255.255.252'],
  [32, '255.255.255.255'],
] as const) {
  test(`/${prefix} is ${mask}`, (t) => {
    t.is(netmaskOf(prefix), mask);
    t.true(sameNetmask(mask, prefix));
    t.true(sameNetmask(String(prefix), prefix));
    t.false(sameNetmask('255.255.255.0', prefix));
  });
}
