import test from 'ava';
import { createBootWatch } from '../../../src/boot-test/boot-watch.js';

const limits = { idleSeconds: 100, answerSeconds: 30, totalSeconds: 600 };
const prompt = Buffer.from('Debian GNU/Linux 12 vm1 hvc0\n\nvm1 login: ');

const bootedTo = (expectsAnswer: boolean, second: number) => {
  const watch = createBootWatch({ limits, expectsAnswer });
  watch.report({ kind: 'ready' }, 5);
  watch.report({ kind: 'creating' }, 5);
  watch.report({ kind: 'created' }, 12);
  watch.console(Buffer.from('Linux version 6.1\n'), 13);
  watch.console(prompt, second);
  return watch;
};

test('without an address the login prompt is success', (t) => {
  const watch = bootedTo(false, 45);
  t.deepEqual(watch.end(45), { kind: 'booted' });
  t.deepEqual(watch.view().times, { dom0: 5, domain: 12, kernel: 13, login: 45 });
  t.deepEqual(watch.view().login, { prompt: 'vm1 login:', banner: 'Debian GNU/Linux 12 vm1 hvc0' });
});

test('with an address success needs the answer too, whichever comes first', (t) => {
  const answerLast = bootedTo(true, 45);
  t.is(answerLast.end(46), undefined);
  answerLast.report({ kind: 'answered', address: '10.0.0.2' }, 47);
  t.deepEqual(answerLast.end(47), { kind: 'booted' });
  const loginLast = createBootWatch({ limits, expectsAnswer: true });
  loginLast.report({ kind: 'answered', address: '10.0.0.2' }, 40);
  t.is(loginLast.end(40), undefined);
  loginLast.console(prompt, 44);
  t.deepEqual(loginLast.end(44), { kind: 'booted' });
});

test('an answer that stays out has its own limit, from the prompt on', (t) => {
  const watch = bootedTo(true, 45);
  t.is(watch.end(74), undefined);
  t.deepEqual(watch.end(75), { kind: 'no-answer', seconds: 30 });
});

test('output starts the idle limit anew', (t) => {
  const watch = createBootWatch({ limits, expectsAnswer: false });
  watch.console(Buffer.from('a'), 90);
  t.is(watch.end(189), undefined);
  t.deepEqual(watch.end(190), { kind: 'idle', seconds: 100 });
});

test('output for ever meets the ceiling', (t) => {
  const watch = createBootWatch({ limits, expectsAnswer: false });
  for (let second = 0; second < 600; second += 50) {
    watch.console(Buffer.from('.'), second);
    t.is(watch.end(second), undefined);
  }
  watch.console(Buffer.from('.'), 600);
  t.deepEqual(watch.end(600), { kind: 'too-long', seconds: 600 });
});

test('a domain that was not started ends the test with what xl said', (t) => {
  const watch = createBootWatch({ limits, expectsAnswer: true });
  watch.report({ kind: 'refused', status: 3, output: 'no kernel' }, 9);
  t.deepEqual(watch.end(9), { kind: 'not-started', status: 3, output: 'no kernel' });
});

test('a crash carries the panic that the console showed', (t) => {
  const watch = createBootWatch({ limits, expectsAnswer: false });
  watch.console(Buffer.from('[ 1.0] Kernel panic - not syncing: No working init found.\n'), 20);
  t.is(watch.end(20), undefined);
  watch.report({ kind: 'ended', reason: 'crash' }, 21);
  t.deepEqual(watch.end(21), {
    kind: 'ended',
    reason: 'crash',
    panic: 'Kernel panic - not syncing: No working init found.',
  });
});

test('a shell that waits for a person ends the test at once', (t) => {
  const watch = createBootWatch({ limits, expectsAnswer: false });
  watch.console(Buffer.from('\n(initramfs) '), 30);
  t.deepEqual(watch.end(30), { kind: 'rescue-shell', line: '(initramfs)' });
});

test('the first end stays', (t) => {
  const watch = bootedTo(false, 45);
  t.deepEqual(watch.end(45), { kind: 'booted' });
  watch.report({ kind: 'ended', reason: 'power-off' }, 50);
  t.deepEqual(watch.end(1000), { kind: 'booted' });
});

test('each step is told once, with its second', (t) => {
  const steps: string[] = [];
  const watch = createBootWatch({
    limits,
    expectsAnswer: false,
    onStep: (step, second) => steps.push(`${step} ${second}`),
  });
  watch.report({ kind: 'ready' }, 5);
  watch.console(Buffer.from('a'), 13);
  watch.console(prompt, 45);
  t.deepEqual(steps, ['dom0 5', 'kernel 13', 'login 45']);
});
