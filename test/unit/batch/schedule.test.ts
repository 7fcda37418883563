import test from 'ava';
import fc from 'fast-check';
import type { Verdict } from '../../../src/batch/batch-events.js';
import { type Decision, decide, type Progress, type Rules } from '../../../src/batch/schedule.js';

const rules = (changes: Partial<Rules> = {}): Rules => ({ jobs: 2, canary: 0, ...changes });

const progress = (begun: number, ended: readonly Verdict[] = [], more: Partial<Progress> = {}): Progress => ({
  total: 5,
  begun,
  ended: new Map(ended.map((verdict, index) => [index, verdict])),
  isInterrupted: false,
  hasRoom: true,
  ...more,
});

const start: Decision = { kind: 'start' };
const wait = (what: 'job' | 'canary' | 'memory' | 'end'): Decision => ({ kind: 'wait', for: what });
const stop = (reason: 'canary' | 'failures' | 'signal'): Decision => ({ kind: 'stop', reason });

const cases: readonly [string, Rules, Progress, Decision][] = [
  ['the first begins', rules(), progress(0), start],
  ['the second begins beside it', rules(), progress(1), start],
  ['the third waits for a job', rules(), progress(2), wait('job')],
  ['when one has ended, it begins', rules(), progress(2, ['refused']), start],
  [
    'the last ones are waited for',
    rules(),
    progress(5, ['converted', 'converted', 'converted']),
    wait('end'),
  ],
  ['when all have ended, it is done', rules(), progress(5, Array(5).fill('converted')), { kind: 'done' }],
  ['an empty batch is done', rules(), progress(0, [], { total: 0 }), { kind: 'done' }],
  ['without memory one waits', rules(), progress(1, [], { hasRoom: false }), wait('memory')],
  ['but never when nothing runs', rules(), progress(1, ['failed'], { hasRoom: false }), start],
  ['a signal', rules(), progress(2, [], { isInterrupted: true }), stop('signal')],
  ['a signal when all have begun', rules(), progress(5, [], { isInterrupted: true }), wait('end')],
  ['canaries begin like others', rules({ canary: 2 }), progress(1), start],
  ['after them one waits', rules({ canary: 1 }), progress(1), wait('canary')],
  ['until each has ended', rules({ canary: 2 }), progress(2, ['converted']), wait('canary')],
  ['well', rules({ canary: 2 }), progress(2, ['converted', 'already-pv']), start],
  ['in a dry run, too', rules({ canary: 1 }), progress(1, ['planned']), start],
  ['a refused canary', rules({ canary: 2 }), progress(1, ['refused']), stop('canary')],
  ['a refusal behind the canaries', rules({ canary: 1 }), progress(2, ['converted', 'refused']), start],
  ['more canaries than images', rules({ canary: 9, jobs: 9 }), progress(4), start],
  ['too many failures', rules({ stopAfterFailures: 1 }), progress(2, ['inconsistent']), stop('failures')],
  ['fewer', rules({ stopAfterFailures: 2 }), progress(2, ['failed']), start],
  ['refusals are answers', rules({ stopAfterFailures: 1 }), progress(2, ['refused', 'converted']), start],
];

for (const [title, given, so, decision] of cases) {
  test(title, (t) => {
    t.deepEqual(decide(given, so), decision);
  });
}

interface Job {
  readonly length: number;
  readonly verdict: Verdict;
}

/** Runs jobs by the scheduler on a clock that is a number. Gives the order of beginnings and the most at a time. */
function simulate(given: Rules, jobs: readonly Job[], room: (running: number) => boolean) {
  const ended = new Map<number, Verdict>();
  const running = new Map<number, number>();
  let begun = 0;
  let most = 0;
  let now = 0;
  for (;;) {
    const hasRoom = room(running.size);
    const decision = decide(given, { total: jobs.length, begun, ended, isInterrupted: false, hasRoom });
    if (decision.kind === 'start') {
      running.set(begun, now + (jobs[begun]?.length ?? 0));
      begun += 1;
      most = Math.max(most, running.size);
      continue;
    }
    if (decision.kind === 'done' || running.size === 0) return { decision, begun, most, ended };
    const [[next, end] = [0, 0]] = [...running].sort(([, one], [, other]) => one - other);
    now = end;
    running.delete(next);
    ended.set(next, jobs[next]?.verdict ?? 'failed');
  }
}

const anyJob = fc.record({
  length: fc.integer({ min: 1, max: 50 }),
  verdict: fc.constantFrom<Verdict>('converted', 'already-pv', 'refused', 'failed', 'inconsistent'),
});

test('whatever the images do, every batch ends, within its bounds', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyJob, { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 5 }),
      fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      fc.integer({ min: 0, max: 8 }),
      (jobs, most, canary, stopAfterFailures, room) => {
        const end = simulate({ jobs: most, canary, stopAfterFailures }, jobs, (running) => running < room);
        t.true(end.most <= Math.max(1, Math.min(most, room)));
        t.is(end.ended.size, end.begun);
        if (end.decision.kind === 'done') t.is(end.begun, jobs.length);
        const failures = [...end.ended.values()].filter((verdict) => /failed|incons/.test(verdict)).length;
        if (stopAfterFailures !== undefined) t.true(failures < stopAfterFailures + most);
        const canaries = jobs.slice(0, canary).map(({ verdict }) => verdict);
        if (canaries.some((verdict) => !/converted|already/.test(verdict))) t.true(end.begun <= canary);
        else if (stopAfterFailures === undefined) t.is(end.begun, jobs.length);
      },
    ),
  );
});
