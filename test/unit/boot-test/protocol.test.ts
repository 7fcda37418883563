import test from 'ava';
import {
  giveAddress,
  parseReport,
  pingUntilAnswered,
  sendFile,
  startDomain,
} from '../../../src/boot-test/protocol.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

const reports = [
  ['ready', { kind: 'ready' }],
  ['creating', { kind: 'creating' }],
  ['created', { kind: 'created' }],
  [
    `checked 0.cfg 0 ${base64('Parsing\n')}`,
    { kind: 'checked', name: '0.cfg', status: 0, output: 'Parsing\n' },
  ],
  [`checked 1.cfg 1 `, { kind: 'checked', name: '1.cfg', status: 1, output: '' }],
  [`refused 3 ${base64('no \xe9')}`, { kind: 'refused', status: 3, output: 'no \xe9' }],
  ['ended 0', { kind: 'ended', reason: 'power-off' }],
  ['ended 1', { kind: 'ended', reason: 'reboot' }],
  ['ended 3', { kind: 'ended', reason: 'crash' }],
  ['ended ?', { kind: 'ended', reason: 'unknown' }],
  ['answered 18.181.3.4', { kind: 'answered', address: '18.181.3.4' }],
] as const;

for (const [line, expected] of reports) {
  test(`dom0 says "${line}"`, (t) => {
    t.deepEqual(parseReport(line), expected);
  });
}

for (const line of ['', 'readyish', 'console abc', '[   12.3] ready']) {
  test(`"${line}" is no report`, (t) => {
    t.is(parseReport(line), undefined);
  });
}

test('a file travels as base64 of its bytes', (t) => {
  t.is(sendFile('boot.cfg', 'name="\xe9"\n'), 'file boot.cfg bmFtZT0i6SIK');
});

test('requests are single lines', (t) => {
  t.is(giveAddress('18.181.0.1', 16), 'address 18.181.0.1/16');
  t.is(startDomain('boot.cfg'), 'start boot.cfg');
  t.is(pingUntilAnswered('18.181.3.4'), 'ping 18.181.3.4');
});
