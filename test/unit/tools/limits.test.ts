import test from 'ava';
import { execa } from 'execa';
import { describeEnd, limitReached, limitWords, type ProgramEnd } from '../../../src/tools/limits.js';

const cases: readonly [ProgramEnd, string | undefined][] = [
  [{ signal: 'SIGXCPU' }, 'it was ended after 7 s of processor time'],
  [{ exitCode: 128 + 24 }, 'it was ended after 7 s of processor time'],
  [{ signal: 'SIGXFSZ' }, 'it was ended when it wrote more than 2048 MB into a file'],
  [{ exitCode: 128 + 25 }, 'it was ended when it wrote more than 2048 MB into a file'],
  [{ exitCode: 1, said: 'xz: (stdin): Cannot allocate memory' }, 'it may use 2048 MB of memory at most'],
  [{ exitCode: 8, said: 'e2fsck: Memory allocation failed' }, 'it may use 2048 MB of memory at most'],
  [{ exitCode: 24 }, undefined],
  [{ exitCode: 128 + 9 }, undefined],
  [{ signal: 'SIGKILL' }, undefined],
  [{ exitCode: 0, said: 'all is well' }, undefined],
];

for (const [end, expected] of cases) {
  test(`the limit behind ${JSON.stringify(end)}`, (t) =>
    t.is(limitReached(end, { cpuSeconds: 7 }), expected));
}

test('a program has the limits, given or usual', async (t) => {
  const words = limitWords({ cpuSeconds: 7, fileBytes: 1024 * 1024 });
  const { stdout } = await execa`${words} prlimit --output RESOURCE,SOFT,HARD --noheadings --raw`;
  for (const line of ['CPU 7 12', 'FSIZE 1048576 1048576', 'AS 2147483648 2147483648', 'CORE 0 0'])
    t.true(stdout.split('\n').includes(line), stdout);
});

test('how a program ended is told without its command line', (t) => {
  t.is(describeEnd({ exitCode: 3 }), 'it ended with exit code 3');
  t.is(describeEnd({ signal: 'SIGKILL' }), 'it was ended by SIGKILL');
});
