import test from 'ava';
import type {
  DesiredNode,
  Edit,
  Facts,
  FileStep,
  GuestNode,
  Planning,
  Problem,
  Rule,
} from '../../../src/model.js';
import { plan } from '../../../src/plan/plan.js';
import { rules } from '../../../src/plan/rules/list.js';
import { factsOf } from './sample-guest.js';
import { requestOf } from './sample-request.js';

const request = requestOf();

const write = (path: string, text: string, reason = 'a reason'): Edit => ({
  path,
  node: { kind: 'file', text },
  reason,
});
const want = (path: string, node: DesiredNode): Edit => ({ path, node, reason: 'a reason' });
const edits = (...wanted: Edit[]): Rule => ({
  name: 'fake',
  apply: () => ({ edits: wanted, problems: [], notices: [] }),
});
const refuses = (...codes: string[]): Rule => ({
  name: 'fake',
  apply: () => ({ edits: [], problems: codes.map(problem), notices: [] }),
});
const problem = (code: string): Problem => ({ code, message: code, remedy: code });

const stepsOf = (planning: Planning): readonly FileStep[] => {
  const steps = 'plan' in planning ? planning.plan.steps : [];
  return steps.filter((step) => step.kind === 'file');
};
const problemsOf = (planning: Planning): readonly Problem[] =>
  planning.kind === 'refusal' ? planning.problems : [];

function planned(files: Record<string, string | GuestNode>, ...fakes: Rule[]): Planning {
  return plan(factsOf(files), request, fakes);
}

test('no wishes: it is a PV guest already', (t) => {
  const planning = planned({}, edits());
  t.is(planning.kind, 'already-pv');
  t.deepEqual(stepsOf(planning), []);
});

test('a wish that changes nothing is no step', (t) => {
  const planning = planned({ '/etc/a': 'same\n' }, edits(write('/etc/a', 'same\n')));
  t.is(planning.kind, 'already-pv');
});

test('a node whose properties come in another order is the same node', (t) => {
  const file: GuestNode = { mode: 0o644, text: 'same\n', kind: 'file' };
  t.is(planned({ '/etc/a': file }, edits(write('/etc/a', 'same\n'))).kind, 'already-pv');
});

test('what one rule changes and another changes back is no step', (t) => {
  const planning = planned({ '/etc/a': 'x' }, edits(write('/etc/a', 'y')), edits(write('/etc/a', 'x')));
  t.is(planning.kind, 'already-pv');
});

test('a rule sees what the rules before it want', (t) => {
  const appends: Rule = {
    name: 'append',
    apply: ({ tree }: Facts) => {
      const node = tree.get('/etc/a');
      const text = node?.kind === 'file' ? node.text : '';
      return { edits: [write('/etc/a', `${text}+`)], problems: [], notices: [] };
    },
  };
  const [step] = stepsOf(planned({ '/etc/a': '' }, appends, appends, appends));
  t.like(step, { after: { kind: 'file', text: '+++' } });
});

test('the same file by two rules is one step with both reasons, and each reason once', (t) => {
  const planning = planned(
    { '/etc/a': 'one\ntwo\n' },
    edits(write('/etc/a', 'ONE\ntwo\n', 'first')),
    edits(write('/etc/a', 'ONE\nTWO\n', 'second'), write('/etc/a', 'ONE\nTWO\n!', 'first')),
  );
  t.deepEqual(stepsOf(planning), [
    {
      kind: 'file',
      path: '/etc/a',
      before: { kind: 'file', text: 'one\ntwo\n', mode: 0o644 },
      after: { kind: 'file', text: 'ONE\nTWO\n!', mode: 0o644 },
      reasons: ['first', 'second'],
    },
  ]);
});

test('steps stand in the order of their paths', (t) => {
  const planning = planned({}, edits(write('/etc/c', ''), write('/etc/a', ''), write('/b', '')));
  t.deepEqual(
    stepsOf(planning).map(({ path }) => path),
    ['/b', '/etc/a', '/etc/c'],
  );
});

test('a file keeps its mode; a new one gets 0644 or what the rule says', (t) => {
  const old: GuestNode = { kind: 'file', text: 'x', mode: 0o600 };
  const planning = planned(
    { '/etc/old': old },
    edits(
      write('/etc/old', 'y'),
      write('/etc/new', 'y'),
      want('/etc/own', { kind: 'file', text: '', mode: 0o755 }),
    ),
  );
  t.deepEqual(
    stepsOf(planning).map(({ after }) => (after.kind === 'file' ? after.mode : undefined)),
    [0o644, 0o600, 0o755],
  );
});

const links: readonly [string, Record<string, string | GuestNode>][] = [
  ['an absolute link', { '/etc/a': { kind: 'symlink', target: '/etc/b' } }],
  ['a relative link', { '/etc/a': { kind: 'symlink', target: '../etc/./b' } }],
  ['a link in the way', { '/etc/a': { kind: 'symlink', target: '/x/b' }, '/x': link('etc') }],
];

function link(target: string): GuestNode {
  return { kind: 'symlink', target };
}

for (const [title, files] of links) {
  test(`${title}: the file at its target is edited, the link stays`, (t) => {
    const planning = planned({ ...files, '/etc/b': 'x' }, edits(write('/etc/a', 'y')));
    t.deepEqual(
      stepsOf(planning).map(({ path, after }) => [path, after]),
      [['/etc/b', { kind: 'file', text: 'y', mode: 0o644 }]],
    );
  });
}

test('edits by two names of one file are one step', (t) => {
  const files = { '/etc/a': link('b'), '/etc/b': 'x' };
  const planning = planned(files, edits(write('/etc/b', 'y', 'first'), write('/etc/a', 'z', 'second')));
  t.like(stepsOf(planning)[0], { path: '/etc/b', after: { text: 'z' }, reasons: ['first', 'second'] });
  t.is(stepsOf(planning).length, 1);
});

test('the file that a dangling link means is made there', (t) => {
  const planning = planned({ '/etc/a': link('/run/x') }, edits(write('/etc/a', 'y')));
  t.like(stepsOf(planning)[0], { path: '/run/x', before: { kind: 'absent' } });
});

test('a removal takes the link, not its target', (t) => {
  const files = { '/etc/a': link('b'), '/etc/b': 'x' };
  const planning = planned(files, edits(want('/etc/a', { kind: 'absent' })));
  t.deepEqual(stepsOf(planning), [
    { kind: 'file', path: '/etc/a', before: link('b'), after: { kind: 'absent' }, reasons: ['a reason'] },
  ]);
});

test('a removal goes through links on its way', (t) => {
  const files = { '/etc/d': link('/lib/d'), '/lib/d/a': 'x' };
  const planning = planned(files, edits(want('/etc/d/a', { kind: 'absent' })));
  t.deepEqual(
    stepsOf(planning).map(({ path }) => path),
    ['/lib/d/a'],
  );
});

test('removing what is not there is no step', (t) => {
  t.is(planned({}, edits(want('/etc/a', { kind: 'absent' }))).kind, 'already-pv');
});

test('a link is set in place of another', (t) => {
  const planning = planned({ '/etc/a': link('b') }, edits(want('/etc/a', { kind: 'symlink', target: 'c' })));
  t.like(stepsOf(planning)[0], { before: { target: 'b' }, after: { kind: 'symlink', target: 'c' } });
});

test('a file at the root of the tree', (t) => {
  t.like(stepsOf(planned({ '/a': 'x' }, edits(want('/a', { kind: 'absent' }))))[0], { path: '/a' });
});

const inTheWay: readonly [string, string | GuestNode, DesiredNode, string][] = [
  ['a directory', { kind: 'directory' }, { kind: 'file', text: '' }, 'a directory'],
  ['a directory to remove', { kind: 'directory' }, { kind: 'absent' }, 'a directory'],
  ['a device', { kind: 'special' }, { kind: 'file', text: '' }, 'a device, a pipe or a socket'],
  ['a large file', { kind: 'unread', bytes: 9e6 }, { kind: 'file', text: '' }, 'a file of 9000000 bytes'],
  ['a loop', link('a'), { kind: 'file', text: '' }, 'a loop of symbolic links'],
];

for (const [title, present, node, kind] of inTheWay) {
  test(`unexpected file type: ${title}`, (t) => {
    t.deepEqual(problemsOf(planned({ '/etc/a': present }, edits(want('/etc/a', node)))), [
      {
        code: 'unexpected-file-type',
        message: `/etc/a in the guest is ${kind}, where a regular file was expected`,
        remedy: 'look at that path in the guest',
      },
    ]);
  });
}

test('a link of a loop can be removed, and what nobody edits may be a loop', (t) => {
  const files = { '/etc/a': link('b'), '/etc/b': link('a') };
  t.is(stepsOf(planned(files, edits(want('/etc/a', { kind: 'absent' })))).length, 1);
  t.is(planned(files, edits()).kind, 'already-pv');
});

test('a refusal holds the problems of all rules, each once, and edits beside them', (t) => {
  const files: Record<string, GuestNode> = { '/etc/a': { kind: 'directory' } };
  const planning = planned(
    files,
    refuses('one', 'two'),
    edits(write('/etc/a', 'x')),
    refuses('two', 'three'),
  );
  t.is(planning.kind, 'refusal');
  t.deepEqual(
    problemsOf(planning).map(({ code }) => code),
    ['one', 'two', 'unexpected-file-type', 'three'],
  );
});

test('notices of all rules, each once', (t) => {
  const tells: Rule = {
    name: 'tells',
    apply: () => ({ edits: [], problems: [], notices: [{ code: 'x', message: 'y' }] }),
  };
  const planning = planned({}, tells, tells);
  t.deepEqual('plan' in planning ? planning.plan.notices : [], [{ code: 'x', message: 'y' }]);
});

test('what will boot is said as it will be after the edits', (t) => {
  const facts = factsOf();
  const before = facts.tree.get('/boot/grub/grub.cfg');
  const text = before?.kind === 'file' ? before.text.replace(' ro\n', ' ro quiet\n') : '';
  const planning = plan(facts, request, [edits(write('/boot/grub/grub.cfg', text))]);
  t.like(planning.kind === 'plan' ? planning.plan : {}, {
    version: 1,
    console: 'hvc0',
    boot: {
      kernel: '/boot/vmlinuz-6.1',
      initramfs: '/boot/initrd.img-6.1',
      commandLine: 'root=UUID=11111111-2222-4333-8444-555555555555 ro quiet',
    },
  });
});

test('the tree of the facts stays as it was', (t) => {
  const facts = factsOf({ '/etc/a': 'x' });
  const before = new Map(facts.tree);
  plan(facts, request, [edits(write('/etc/a', 'y'), want('/etc/b', { kind: 'symlink', target: 'x' }))]);
  t.deepEqual(facts.tree, before);
});

test('every real rule has a name of its own', (t) => {
  t.is(new Set(rules.map(({ name }) => name)).size, rules.length);
});

test('a real refusal always has a reason', (t) => {
  const planning = plan(factsOf({}, { tree: new Map(), kernels: [], architecture: 'i386' }), request, rules);
  t.is(planning.kind, 'refusal');
  t.true(problemsOf(planning).length > 0);
});

const linked = (text: string, ...links: string[]): GuestNode => ({ kind: 'file', text, mode: 0o644, links });
const twoNames = { '/etc/a': linked('x', '/etc/b'), '/etc/b': linked('x', '/etc/a') };

test('a file with two names changes once, and the rules see it under both', (t) => {
  const rule: Rule = {
    name: 'fake',
    apply: ({ tree }: Facts) => {
      const other = tree.get('/etc/b');
      const text = other?.kind === 'file' ? other.text : '';
      return { edits: [write('/etc/b', `${text}!`)], problems: [], notices: [] };
    },
  };
  const steps = stepsOf(planned(twoNames, edits(write('/etc/a', 'y')), rule));
  t.deepEqual(
    steps.map(({ path, after, reasons }) => [path, after.kind === 'file' && after.text, reasons]),
    [['/etc/a', 'y!', ['a reason', 'the same file is called /etc/b too']]],
  );
});

test('one of two names goes, the other stays', (t) => {
  const steps = stepsOf(planned(twoNames, edits(want('/etc/a', { kind: 'absent' }), write('/etc/b', 'y'))));
  t.deepEqual(
    steps.map(({ path, after }) => [path, after.kind]),
    [
      ['/etc/a', 'absent'],
      ['/etc/b', 'file'],
    ],
  );
});
