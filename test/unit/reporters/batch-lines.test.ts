import test from 'ava';
import type { BatchEvent } from '../../../src/batch/batch-events.js';
import { createBatchJson } from '../../../src/reporters/batch-json.js';
import { createBatchLines } from '../../../src/reporters/batch-lines.js';
import { choosePaint } from '../../../src/reporters/paint.js';

const problem = { code: 'c', message: 'why \x1b[31m', remedy: 'r' };
const events: readonly BatchEvent[] = [
  { type: 'batch-started', images: 3, jobs: 2, dryRun: false },
  { type: 'image-started', disk: '/a' },
  { type: 'image-event', disk: '/a', event: { type: 'stage-started', stage: 'open', detail: '/a' } },
  { type: 'memory-awaited', disk: '/b', availableBytes: 1_500_000_000 },
  { type: 'image-finished', disk: '/a', verdict: 'converted', problems: [], milliseconds: 1840 },
  {
    type: 'image-finished',
    disk: '/b',
    verdict: 'refused',
    problems: [problem, problem, problem],
    milliseconds: 500,
  },
  { type: 'batch-stopped', reason: 'failures', message: 'no further one is begun' },
];

function told(verbosity: 'quiet' | 'normal' | 'verbose'): string {
  let text = '';
  const err = (line: string) => {
    text += line;
  };
  const report = createBatchLines({ out: err, err, paint: choosePaint('never', false, {}), verbosity });
  for (const event of events) report(event);
  return text;
}

test('one line for each finished image', (t) => {
  t.is(
    told('normal'),
    `converting 3 images, at most 2 at the same time
note: /b waits for memory: 1430 MB are available, and those that run may need them
1/3 /a: converted, 1.8 s
2/3 /b: refused, 0.5 s: why \\x1b[31m [c], and 2 more
no further one is begun
`,
  );
});

test('quietly nothing, verbosely also every stage', (t) => {
  t.is(told('quiet'), '');
  t.regex(told('verbose'), /^\/a: begun\n\/a: open: \/a\nnote/m);
});

test('as JSON an image’s events have its disk, and nothing steers a terminal', (t) => {
  const lines: string[] = [];
  const report = createBatchJson((line) => lines.push(line));
  for (const event of events) report(event);
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.like(objects[2], { type: 'stage-started', stage: 'open', detail: '/a', disk: '/a' });
  t.like(objects[5], { type: 'image-finished', disk: '/b', problems: [problem, problem, problem] });
  t.true(objects.every(({ time }) => typeof time === 'string'));
  t.false(lines.join('').includes('\x1b'));
});
