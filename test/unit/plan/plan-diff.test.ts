import test from 'ava';
import type { FileStep } from '../../../src/model.js';
import { stepDiff, textDiff } from '../../../src/plan/plan-diff.js';

const file = (text: string) => ({ kind: 'file', text, mode: 0o644 }) as const;
const absent = { kind: 'absent' } as const;
const step = (before: FileStep['before'], after: FileStep['after']): FileStep => ({
  kind: 'file',
  path: '/etc/a',
  before,
  after,
  reasons: [],
});

// Expected texts as `diff -u` of diffutils 3.8 prints them, without times, and with a count of 1 written out.
const cases: readonly [string, FileStep, string][] = [
  [
    'a changed line with three lines around it',
    step(file('1\n2\n3\n4\n5\n6\n7\n8\n9\n'), file('1\n2\n3\n4\nfive\n6\n7\n8\n9\n')),
    '--- a/etc/a\n+++ b/etc/a\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  ],
  ['a new file', step(absent, file('x\n')), '--- /dev/null\n+++ b/etc/a\n@@ -0,0 +1,1 @@\n+x\n'],
  ['a removed file', step(file('x\n'), absent), '--- a/etc/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n'],
  ['a removed empty file', step(file(''), absent), '--- a/etc/a\n+++ /dev/null\n'],
  ['a large file that goes', step({ kind: 'unread', bytes: 9 }, absent), '--- a/etc/a\n+++ /dev/null\n'],
  [
    'no newline at the end',
    step(file('x'), file('x\n')),
    '--- a/etc/a\n+++ b/etc/a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+x\n',
  ],
  [
    'carriage returns and bytes stay',
    step(file('\xe9\r\nb\r\n'), file('\xe9\r\nc\r\n')),
    '--- a/etc/a\n+++ b/etc/a\n@@ -1,2 +1,2 @@\n \xe9\r\n-b\r\n+c\r\n',
  ],
  [
    'lines that look like a header keep their blanks',
    step(file('-- SQL \t\n====\n'), file('++ \t\n====\n')),
    '--- a/etc/a\n+++ b/etc/a\n@@ -1,2 +1,2 @@\n--- SQL \t\n+++ \t\n ====\n',
  ],
  ['a link that goes', step({ kind: 'symlink', target: 'x' }, absent), '-link /etc/a -> x\n'],
  ['a new link', step(absent, { kind: 'symlink', target: 'x' }), '+link /etc/a -> x\n'],
  [
    'a link that changes',
    step({ kind: 'symlink', target: 'x' }, { kind: 'symlink', target: 'y' }),
    '-link /etc/a -> x\n+link /etc/a -> y\n',
  ],
];

for (const [title, given, expected] of cases) {
  test(title, (t) => {
    t.is(stepDiff(given), expected);
  });
}

test('two texts with names of their own', (t) => {
  t.is(textDiff('old.cfg', 'new.cfg', 'a\n', 'b\n'), '--- old.cfg\n+++ new.cfg\n@@ -1,1 +1,1 @@\n-a\n+b\n');
});

test('texts that differ in thousands of lines: all of them go and come, in no time', (t) => {
  const text = (word: string) => `${word}\n`.repeat(20_000);
  const start = Date.now();
  const diff = textDiff('a', 'b', text('one'), `${text('other')}end`);
  t.true(Date.now() - start < 10_000);
  t.true(diff.startsWith('--- a\n+++ b\n@@ -1,20000 +1,20001 @@\n-one\n'));
  t.is(diff.split('\n-one').length - 1, 20_000);
  t.true(diff.endsWith('+other\n+end\n\\ No newline at end of file\n'));
});

test('such a text that comes anew', (t) => {
  const diff = textDiff('/dev/null', 'b', '', 'x\n'.repeat(20_000));
  t.true(diff.startsWith('--- /dev/null\n+++ b\n@@ -0,0 +1,20000 @@\n+x\n'));
});
