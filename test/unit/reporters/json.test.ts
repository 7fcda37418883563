import test from 'ava';
import type { Event } from '../../../src/events.js';
import { createJsonReporter, jsonForm } from '../../../src/reporters/json.js';
import { factsOf, kernelOf } from '../plan/sample-guest.js';

function written(event: Event): string {
  const lines: string[] = [];
  createJsonReporter((line) => lines.push(line))(event);
  return lines.join('');
}

test('one line for an event, with its time', (t) => {
  const line = written({ type: 'notice', notice: { code: 'x', message: 'a\nb' } });
  t.regex(line, /^\{.*\}\n$/);
  const { time, ...rest } = JSON.parse(line) as { time: string };
  t.regex(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.deepEqual(rest, { type: 'notice', notice: { code: 'x', message: 'a\nb' } } as object);
});

test('an outcome is as it is', (t) => {
  const event: Event = {
    type: 'outcome',
    disk: '/srv/münchen.img',
    outcome: 'refused',
    problems: [{ code: 'no-kernel', message: 'm', remedy: 'r' }],
    log: '/l',
  };
  t.deepEqual(jsonForm(event), event);
  t.like(JSON.parse(written(event)), { disk: '/srv/münchen.img', outcome: 'refused' });
});

test('facts without the texts of files', (t) => {
  const initramfs = { path: '/i', modules: ['a', 'xen-blkfront'], texts: new Map([['conf', 'secret']]) };
  const facts = factsOf(
    { '/etc/shadow': 'secret' },
    {
      kernels: [
        kernelOf('6.1', { initramfs }),
        kernelOf('5.10', { initramfs: { ...initramfs, modules: [] } }),
      ],
      release: { id: 'debian', version: '12', codename: '', name: 'D\xc3\xa9bian' },
    },
  );
  const form = jsonForm({ type: 'facts', facts });
  t.notRegex(JSON.stringify(form), /secret/);
  t.like(form, {
    type: 'facts',
    facts: {
      architecture: 'amd64',
      release: { name: 'Débian' },
      filesRead: facts.tree.size,
      kernels: [
        { version: '6.1', initramfs: { path: '/i', hasBlkfront: true } },
        { version: '5.10', initramfs: { path: '/i', hasBlkfront: false } },
      ],
    },
  });
});

test('steps as diffs', (t) => {
  const boot = { way: 'pygrub', kernel: '/k', commandLine: 'ro' } as const;
  const file = (text: string) => ({ kind: 'file', text, mode: 0o644 }) as const;
  const absent = { kind: 'absent' } as const;
  const step = { kind: 'file', path: '/a', reasons: ['why'] } as const;
  const steps = [
    { ...step, before: file('x\n'), after: file('\xc3\xa9\n') },
    { ...step, before: absent, after: file('x\n') },
    { ...step, before: file('x\n'), after: absent },
  ];
  const form = jsonForm({
    type: 'plan',
    plan: { version: 1, steps, notices: [], values: [], boot, console: 'hvc0' },
  });
  const shown = { kind: 'file', path: '/a', reasons: ['why'] };
  t.deepEqual(form, {
    type: 'plan',
    plan: {
      version: 1,
      steps: [
        { ...shown, change: 'changed', diff: '--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\n+é\n' },
        { ...shown, change: 'added', diff: '--- /dev/null\n+++ b/a\n@@ -0,0 +1,1 @@\n+x\n' },
        { ...shown, change: 'removed', diff: '--- a/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n' },
      ],
      notices: [],
      values: [],
      boot,
      console: 'hvc0',
    },
  });
});

test('no control characters reach a terminal, and a parser gets them back', (t) => {
  const message = '\x1b[31m\x9b1m\u202e\u{e0041}\x7f "quoted" \\x1b';
  const line = written({ type: 'notice', notice: { code: 'x', message } });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  t.notRegex(line.trimEnd(), /[\x00-\x1f\x7f-\x9f\u202e]|\u{e0041}/u);
  t.like(JSON.parse(line), { notice: { message } });
});
