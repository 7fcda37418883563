/**
 * Golden guests: `test/guests/<case>/` holds the texts of a guest at their real paths (`tree/`), its other facts, the
 * request, and what the tool then says (`expected.diff`). `release-*` shows each release of the catalogue as its installer or
 * its cloud image leaves it. To write what the tool says now, for review as a diff in git:
 *
 *     npm run build && UPDATE_GOLDEN=1 npx ava dist/test/unit/guests.test.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { Event } from '../../src/events.js';
import type { Planning } from '../../src/model.js';
import { plan } from '../../src/plan/plan.js';
import { rules } from '../../src/plan/rules/list.js';
import { choosePaint } from '../../src/reporters/paint.js';
import { createTextReporter } from '../../src/reporters/text.js';
import { builtInSites, makeRequest } from '../../src/request.js';
import { applied, goldenNames, goldenRoot, readGolden, repaired } from './golden-guest.js';

/** What `convert-image plan` shows. */
function shown(planning: Planning): string {
  let text = '';
  const say = (part: string) => {
    text += part;
  };
  const paint = choosePaint('never', false, {});
  const report = createTextReporter({ out: say, err: say, paint, verbosity: 'normal', shows: 'plan' });
  for (const event of eventsOf(planning)) report(event);
  return text;
}

function eventsOf(planning: Planning): Event[] {
  const disk = 'the guest';
  if (planning.kind === 'refusal')
    return [{ type: 'outcome', disk, outcome: 'refused', problems: planning.problems }];
  if (planning.kind === 'installation') {
    const { packages, steps, notices, values } = planning;
    return [
      ...notices.map((notice): Event => ({ type: 'notice', notice })),
      { type: 'installation', packages, steps, values },
    ];
  }
  const { notices } = planning.plan;
  const record = { kind: 'none', reason: 'none was asked for' } as const;
  return [
    ...notices.map((notice): Event => ({ type: 'notice', notice })),
    { type: 'plan', plan: planning.plan },
    ...(planning.kind === 'plan'
      ? []
      : [{ type: 'outcome', disk, outcome: planning.kind, record, problems: [] } as const]),
  ];
}

function readExpected(file: string, now: string): string {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, now);
  return readFileSync(file, 'utf8');
}

const cases = goldenNames();

test('there are guests', (t) => {
  t.true(cases.length >= 15);
});

for (const name of cases) {
  const { facts, flags } = readGolden(name);
  const request = makeRequest(flags, builtInSites);
  const planning = plan(facts, request, rules);

  test(`${name}: as expected`, (t) => {
    const now = shown(planning);
    t.is(now, readExpected(`${goldenRoot}/${name}/expected.diff`, now));
  });

  if (planning.kind !== 'plan' && planning.kind !== 'already-pv') continue;
  const { steps, boot } = planning.plan;
  const after = {
    ...facts,
    tree: applied(facts.tree, steps),
    kernels: facts.kernels.map((kernel) => repaired(kernel, steps)),
  };

  test(`${name}: the result needs nothing more`, (t) => {
    const again = plan(after, request, rules);
    t.is(again.kind, 'already-pv', shown(again));
    t.deepEqual('plan' in again ? again.plan.boot : undefined, boot);
  });

  test(`${name}: verify, which knows no address, finds it ready`, (t) => {
    const again = plan(after, makeRequest({ keepDhcp: true }, {}), rules);
    t.is(again.kind, 'already-pv', shown(again));
  });
}
