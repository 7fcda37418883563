import test from 'ava';
import { matchesGlob } from '../../../src/network/glob.js';

// Expected values: fnmatch(3) in the C locale.
const cases: readonly [pattern: string, text: string, matches: boolean][] = [
  ['eth0', 'eth0', true],
  ['eth0', 'eth01', false],
  ['eth*', 'eth', true],
  ['*', '', true],
  ['', '', true],
  ['', 'x', false],
  ['e?h0', 'eth0', true],
  ['?', '', false],
  ['eth[0-3]', 'eth3', true],
  ['eth[0-3]', 'eth4', false],
  ['eth[!0-3]', 'eth4', true],
  ['eth[^0]', 'eth0', false],
  ['[]x]', ']', true],
  ['[a', '[a', true],
  ['a[-x]', 'a-', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['*.cfg', '50-cloud-init.cfg', true],
  ['a*b*c', 'aXbXbc', true],
  ['a*b*c', 'aXbX', false],
];

for (const [pattern, text, matches] of cases) {
  test(`"${pattern}" ${matches ? 'matches' : "doesn't match"} "${text}"`, (t) => {
    t.is(matchesGlob(pattern, text), matches);
  });
}

test('many stars take no more than quadratic time', (t) => {
  t.false(matchesGlob(`${'a*'.repeat(2000)}b`, 'a'.repeat(20_000)));
});

test('a pattern that is longer than any name matches nothing, at once', (t) => {
  t.false(matchesGlob('*'.repeat(1024 * 1024), 'eth0'));
  t.true(matchesGlob('*'.repeat(4096), 'eth0'));
});
