import test from 'ava';
import { suggestion } from '../../../src/batch/suggestion.js';

const known = ['address', 'dns', 'site', 'boot-with', 'keep-dhcp'];

const cases: readonly [string, string][] = [
  ['adress', 'did you mean "address"?'],
  ['boot_with', 'did you mean "boot-with"?'],
  ['keepdhcp', 'did you mean "keep-dhcp"?'],
  ['siet', 'did you mean "site"?'],
  ['dnss', 'did you mean "dns"?'],
  ['colour', ''],
  ['', ''],
];

for (const [word, expected] of cases) {
  test(`"${word}": ${expected || 'nothing is near enough'}`, (t) => {
    t.is(suggestion(word, known), expected);
  });
}

test('without any known word there is nothing to suggest', (t) => {
  t.is(suggestion('x', []), '');
});
