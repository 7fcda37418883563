import test from 'ava';
import { type DomainState, parseState } from '../../../src/tools/xl.js';

/** As `xl list -v NAME` of Xen 4.17 prints it. */
const table = (letters: string, code: string): string =>
  `Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label
convert-image-test-1234.5678.0badcafe-a1B2c3     4   512     1     ${letters}       1.9 7d98332e-c294-407a-94f3-820d83810fe9        ${code}                -
`;

const cases: readonly [string, string, DomainState][] = [
  ['r-----', '-', { kind: 'alive' }],
  ['------', '-', { kind: 'alive' }],
  ['--p---', '-', { kind: 'alive' }],
  ['---s--', '0', { kind: 'ended', code: 0 }],
  ['---s--', '1', { kind: 'ended', code: 1 }],
  ['---sc-', '3', { kind: 'ended', code: 3 }],
  ['-----d', '-', { kind: 'ended', code: undefined }],
];

for (const [letters, code, state] of cases) {
  test(`a domain in state ${letters} with reason ${code} is ${JSON.stringify(state)}`, (t) => {
    t.deepEqual(parseState(table(letters, code)), state);
  });
}

test('a table without a domain tells of none', (t) => {
  t.deepEqual(parseState(table('r-----', '-').split('\n')[0] ?? ''), { kind: 'gone' });
});
