import test from 'ava';
import type { Verdict } from '../../../src/batch/batch-events.js';
import { type ProcessEnd, resultOf } from '../../../src/batch/verdict.js';

const end = (changes: Partial<ProcessEnd>): ProcessEnd => ({ said: '', milliseconds: 5, ...changes });
const outcome = (name: string) => ({ type: 'outcome', outcome: name, problems: [] });

const cases: readonly [string, object | undefined, Partial<ProcessEnd>, Verdict, string?][] = [
  ['converted', outcome('converted'), { exitCode: 0 }, 'converted'],
  ['PV already', outcome('already-pv'), { exitCode: 0 }, 'already-pv'],
  ['planned', outcome('planned'), { exitCode: 0 }, 'planned'],
  ['refused', outcome('refused'), { exitCode: 3 }, 'refused'],
  ['failed', outcome('failed'), { exitCode: 4 }, 'failed'],
  ['not verified', outcome('failed'), { exitCode: 5 }, 'failed'],
  ['a bug', outcome('failed'), { exitCode: 1 }, 'failed'],
  ['needs a person', outcome('failed'), { exitCode: 6 }, 'inconsistent'],
  ['stopped', outcome('failed'), { exitCode: 143 }, 'interrupted'],
  ['stopped before it listened', undefined, { signal: 'SIGTERM' }, 'interrupted', 'interrupted'],
  ['stopped twice', { type: 'heartbeat' }, { exitCode: 130 }, 'interrupted', 'interrupted'],
  ['killed', { type: 'stage-started' }, { signal: 'SIGKILL' }, 'failed', 'process-died'],
  ['killed behind its outcome', outcome('converted'), { signal: 'SIGKILL' }, 'converted'],
  [
    'stopped behind its outcome',
    { ...outcome('failed'), exitCode: 143 },
    { signal: 'SIGTERM' },
    'interrupted',
  ],
  ['refused, and stopped behind it', outcome('refused'), { signal: 'SIGTERM' }, 'refused'],
  [
    'inconsistent, and stopped behind it',
    { ...outcome('failed'), exitCode: 6 },
    { signal: 'SIGTERM' },
    'inconsistent',
  ],
  ['an outcome that its exit code contradicts', outcome('converted'), { exitCode: 1 }, 'failed'],
  ['aborted', undefined, { exitCode: 134 }, 'failed', 'process-died'],
  ['silent', undefined, { exitCode: 0 }, 'failed', 'process-died'],
  ['an outcome of another program', outcome('eaten'), { exitCode: 0 }, 'failed'],
];

for (const [title, last, how, verdict, code] of cases) {
  test(`the process ended: ${title}`, (t) => {
    const result = resultOf('/srv/web1.img', last, end(how));
    t.is(result.verdict, verdict);
    t.is(result.problems[0]?.code, code);
    t.is(result.milliseconds, 5);
  });
}

test('what a dead process said last is told, and what to do', (t) => {
  const [problem] = resultOf(
    '/srv/web1.img',
    undefined,
    end({ signal: 'SIGABRT', said: 'out of memory' }),
  ).problems;
  t.regex(problem?.message ?? '', /killed by SIGABRT: out of memory/);
  t.regex(problem?.remedy ?? '', /convert-image status \/srv\/web1\.img/);
});

test('its files and problems are handed on', (t) => {
  const problems = [{ code: 'no-kernel', message: 'm', remedy: 'r' }];
  const last = {
    ...outcome('refused'),
    problems,
    report: '/s/reports/a.json',
    log: '/s/log/a.log',
    disk: 'x',
  };
  t.deepEqual(resultOf('/srv/web1.img', last, end({ exitCode: 3 })), {
    disk: '/srv/web1.img',
    verdict: 'refused',
    exitCode: 3,
    milliseconds: 5,
    problems,
    report: '/s/reports/a.json',
    log: '/s/log/a.log',
  });
});
