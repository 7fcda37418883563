import test from 'ava';
import { safe } from '../../../src/reporters/escape.js';
import { type ColorChoice, choosePaint } from '../../../src/reporters/paint.js';

const terminal = { TERM: 'xterm' };

const cases: readonly [string, ColorChoice, boolean, NodeJS.ProcessEnv, boolean][] = [
  ['a terminal', 'auto', true, terminal, true],
  ['a pipe', 'auto', false, terminal, false],
  ['NO_COLOR', 'auto', true, { ...terminal, NO_COLOR: '1' }, false],
  ['NO_COLOR with any value', 'auto', true, { ...terminal, NO_COLOR: '0' }, false],
  ['an empty NO_COLOR counts as none (no-color.org)', 'auto', true, { ...terminal, NO_COLOR: '' }, true],
  ['a dumb terminal', 'auto', true, { TERM: 'dumb' }, false],
  ['--color beats NO_COLOR and the pipe', 'always', false, { NO_COLOR: '1' }, true],
  ['--color never', 'never', true, terminal, false],
];

for (const [title, choice, isTerminal, environment, coloured] of cases) {
  test(title, (t) => {
    const { added } = choosePaint(choice, isTerminal, environment);
    t.is(added('+x').value, coloured ? '\x1b[32m+x\x1b[39m' : '+x');
  });
}

test('a guest cannot end a colour or start another', (t) => {
  const paint = choosePaint('always', true, {});
  t.is(paint.removed('\x1b[0m\x1b[32mx').value, '\x1b[31m\\x1b[0m\\x1b[32mx\x1b[39m');
  t.is(choosePaint('never', true, {}).alarm('\x9b1m').value, '\\x9b1m');
});

test('what is safe already is not escaped again', (t) => {
  const { quiet, strong } = choosePaint('always', true, {});
  t.is(strong(quiet(safe`x`)).value, '\x1b[1m\x1b[90mx\x1b[39m\x1b[22m');
});
