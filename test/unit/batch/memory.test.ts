import test from 'ava';
import { fits, shares, type Weight, weightAfter } from '../../../src/batch/memory.js';

const gigabyte = 1024 ** 3;

const rooms: readonly [string, number, number, readonly Weight[], boolean][] = [
  ['plenty', 24 * gigabyte, 0, ['heavy', 'unknown'], true],
  ['a dom0 of 4 GB has room for one', 3.5 * gigabyte, 0, [], true],
  ['and not for a second that may be heavy, too', 3.4 * gigabyte, 0.1 * gigabyte, ['unknown'], false],
  ['but beside a light one', 3.3 * gigabyte, 0.2 * gigabyte, ['light'], true],
  ['what a heavy one has taken isn’t counted twice', 2.6 * gigabyte, 2.2 * gigabyte, ['heavy'], true],
  ['one that takes more than its share owes nothing', 2.3 * gigabyte, 9 * gigabyte, ['light'], true],
  ['a small dom0 has no room', gigabyte, 0, [], false],
];

for (const [title, available, used, running, expected] of rooms) {
  test(title, (t) => {
    t.is(fits(available, used, running), expected);
  });
}

test('a heavy share holds a light one many times', (t) => {
  t.true(shares.heavy > 4 * shares.light);
});

const appliance = { type: 'notice', notice: { code: 'appliance', message: 'why' } };
const apply = { type: 'stage-started', stage: 'apply' };
const direct = { type: 'facts', access: 'direct' };

const courses: readonly [string, readonly Record<string, unknown>[], boolean, Weight][] = [
  ['nothing yet', [], false, 'unknown'],
  ['the appliance is announced', [appliance], false, 'heavy'],
  ['the guest was seen through it', [{ type: 'facts', access: 'appliance' }], false, 'heavy'],
  ['packages are needed', [direct, { type: 'installation', packages: {} }], false, 'heavy'],
  ['seen directly, packages may still be needed', [direct], false, 'unknown'],
  ['edits alone', [direct, apply], false, 'light'],
  ['a plan without packages', [direct, { type: 'plan', plan: {} }], false, 'light'],
  ['edits in the appliance', [appliance, apply, { type: 'plan' }], false, 'heavy'],
  ['edits, and a boot test to come', [direct, apply], true, 'unknown'],
  ['another stage', [{ type: 'stage-started', stage: 'open' }], false, 'unknown'],
  ['another notice', [{ type: 'notice', notice: { code: 'resumed', message: 'why' } }], false, 'unknown'],
  ['nonsense', [{ notice: 7 }, { notice: null }], false, 'unknown'],
];

for (const [title, events, isBootTested, expected] of courses) {
  test(`its events say: ${title}`, (t) => {
    const weight = events.reduce<Weight>((so, event) => weightAfter(so, event, isBootTested), 'unknown');
    t.is(weight, expected);
  });
}
