import test from 'ava';
import type { Event } from '../../../src/events.js';
import type { Facts, Plan } from '../../../src/model.js';
import { choosePaint } from '../../../src/reporters/paint.js';
import { createTextReporter, type TextOptions } from '../../../src/reporters/text.js';
import { factsOf, kernelOf, rootFileSystem } from '../plan/sample-guest.js';

type Choice = Partial<Omit<TextOptions, 'out' | 'err'>>;

/** What goes to standard output and to standard error. */
function told(events: readonly Event[], choice: Choice = {}): { out: string; err: string } {
  const text = { out: '', err: '' };
  const report = createTextReporter({
    out: (part) => {
      text.out += part;
    },
    err: (part) => {
      text.err += part;
    },
    paint: choosePaint('never', false, {}),
    verbosity: 'normal',
    shows: 'nothing',
    ...choice,
  });
  for (const event of events) report(event);
  return text;
}

const plan: Plan = {
  version: 1,
  steps: [
    {
      kind: 'file',
      path: '/etc/fstab',
      before: { kind: 'file', text: '/dev/sda1 / ext4\n', mode: 0o644 },
      after: { kind: 'file', text: 'UUID=x / ext4\n' },
      reasons: ['one reason', 'another'],
    },
  ],
  notices: [],
  values: [{ name: 'address', value: '18.181.3.4', origin: 'command line' }],
  boot: {
    way: 'pygrub',
    kernel: '/boot/vmlinuz-6.1',
    initramfs: '/boot/initrd.img-6.1',
    commandLine: 'root=UUID=x ro',
  },
  console: 'hvc0',
};

const planText = `/etc/fstab
# one reason
# another
--- a/etc/fstab
+++ b/etc/fstab
@@ -1,1 +1,1 @@
-/dev/sda1 / ext4
+UUID=x / ext4

Where the network values come from
  address       18.181.3.4  (command line)

What will boot as PV
  kernel        /boot/vmlinuz-6.1
  initramfs     /boot/initrd.img-6.1
  command line  root=UUID=x ro
  console       hvc0

`;

const disk = '/srv/x.img';
const base = { type: 'outcome', disk, problems: [] } as const;
const problems = [
  { code: 'one', message: 'the first reason', remedy: 'do this' },
  { code: 'two', message: 'the second reason', remedy: '' },
];

const cases: readonly [string, Event, Choice, string, string][] = [
  ['a plan that was asked for', { type: 'plan', plan }, { shows: 'plan' }, planText, ''],
  ['a plan on the way', { type: 'plan', plan }, {}, '', ''],
  ['a plan on the way, verbose', { type: 'plan', plan }, { verbosity: 'verbose' }, planText, ''],
  [
    'a plan with its record',
    {
      type: 'plan',
      plan: { ...plan, steps: [] },
      record: { kind: 'would-flip', record: 'xl:/etc/xen/x.cfg', diff: '-a\n+b\n' },
    },
    { shows: 'plan' },
    `${planText.slice(planText.indexOf('Where the'))}How the VM starts: xl:/etc/xen/x.cfg\n-a\n+b\n\n`,
    '',
  ],
  ['a stage', { type: 'stage-finished', stage: 'open', milliseconds: 1234 }, {}, '', 'open        1.2 s\n'],
  ['a stage begins', { type: 'stage-started', stage: 'open', detail: 'x' }, {}, '', ''],
  [
    'a stage begins, verbose',
    { type: 'stage-started', stage: 'open', detail: 'x' },
    { verbosity: 'verbose' },
    '',
    'open: x\n',
  ],
  [
    'a stage, quiet',
    { type: 'stage-finished', stage: 'open', milliseconds: 1 },
    { verbosity: 'quiet' },
    '',
    '',
  ],
  [
    'a heartbeat',
    { type: 'heartbeat', stage: 'apply', milliseconds: 30000 },
    {},
    '',
    'apply: still at work after 30.0 s\n',
  ],
  [
    'progress',
    { type: 'progress', stage: 'boot-test', detail: 'Xen is up' },
    {},
    '',
    'boot-test: Xen is up\n',
  ],
  [
    'a notice',
    { type: 'notice', notice: { code: 'no-dns', message: 'no name server' } },
    {},
    '',
    'note: no name server [no-dns]\n',
  ],
  [
    'converted, the record flipped',
    { ...base, outcome: 'converted', record: { kind: 'flipped', record: 'xl:/x.cfg', diff: '' }, log: '/l' },
    {},
    `${disk} is converted: it boots as PV, and still as HVM\nxl:/x.cfg now says PV\n`,
    '',
  ],
  [
    'converted, a configuration written',
    { ...base, outcome: 'converted', record: { kind: 'written', path: '/x.pv.cfg' } },
    { verbosity: 'quiet' },
    `${disk} is converted: it boots as PV, and still as HVM\nno record names this disk: "xl create /x.pv.cfg" starts it as PV\n`,
    '',
  ],
  [
    'PV already',
    { ...base, outcome: 'already-pv', record: { kind: 'none', reason: '--record none' } },
    {},
    `${disk} is ready for PV already: nothing was changed in the guest\nno record was changed: --record none\n`,
    '',
  ],
  [
    'refused',
    { ...base, outcome: 'refused', problems, log: '/l' },
    { verbosity: 'quiet' },
    '',
    `${disk} can't be converted; the image is untouched\n  the first reason [one]\n    what to do: do this\n  the second reason [two]\n  log: /l\n`,
  ],
  [
    'failed',
    { ...base, outcome: 'failed', exitCode: 4, state: 'the image is untouched', problems: problems.slice(1) },
    {},
    '',
    `failed: ${disk}; the image is untouched\n  the second reason [two]\n`,
  ],
  ['verified', { ...base, outcome: 'verified' }, {}, `${disk} is ready to boot as PV\n`, ''],
  [
    'boots',
    { ...base, outcome: 'boots', boot: { seconds: { login: 80 }, login: 'bookworm login: ' } },
    {},
    `${disk} boots as PV: "bookworm login:" after 80 s\n`,
    '',
  ],
  ['planned', { ...base, outcome: 'planned' }, {}, '', ''],
  [
    'a path in the letters of another language',
    { ...base, outcome: 'verified', disk: '/srv/münchen.img' },
    {},
    '/srv/münchen.img is ready to boot as PV\n',
    '',
  ],
];

for (const [title, event, choice, out, err] of cases) {
  test(title, (t) => {
    t.deepEqual(told([event], choice), { out, err });
  });
}

test('facts', (t) => {
  const kernels = [
    kernelOf('6.1'),
    kernelOf('5.10', { image: { compression: 'bzip2', pv: false, reason: "Xen can't unpack bzip2" } }),
  ];
  const layout: Facts['layout'] = {
    partitionTable: 'gpt',
    fileSystems: [
      { ...rootFileSystem, clean: false },
      { device: '/dev/sda14', type: 'unknown' },
    ],
  };
  const { out } = told([{ type: 'facts', facts: factsOf({}, { kernels, layout }) }], { shows: 'facts' });
  t.is(
    out,
    `Debian GNU/Linux 12 (bookworm), amd64, systemd 252
disk: gpt
  /dev/sda1    ext4     11111111-2222-4333-8444-555555555555 /, not clean
  /dev/sda14   unknown
kernels, newest first
  6.1: boots as PV; payload xz; xen-blkfront in the initramfs
  5.10: Xen can't unpack bzip2; payload bzip2; xen-blkfront in the initramfs
`,
  );
  t.is(told([{ type: 'facts', facts: factsOf() }]).out, '');
});

// -------------------------------------------------------------------------------- nothing of a guest steers a terminal

const evil = '\x1b[2J\x9b31m\u202e';

const hostile: readonly Event[] = [
  { type: 'facts', facts: factsOf({}, { release: { id: 'x', version: '', codename: '', name: evil } }) },
  {
    type: 'facts',
    facts: factsOf(
      {},
      { kernels: [kernelOf(evil, { image: { compression: 'xz', pv: false, reason: evil } })] },
    ),
  },
  {
    type: 'facts',
    facts: factsOf(
      {},
      { layout: { partitionTable: 'gpt', fileSystems: [{ device: evil, type: evil, uuid: evil }] } },
    ),
  },
  {
    type: 'plan',
    plan: {
      ...plan,
      steps: [
        {
          kind: 'file',
          path: evil,
          before: { kind: 'file', text: `${evil}\n-${evil}`, mode: 0 },
          after: { kind: 'file', text: `+${evil}` },
          reasons: [evil],
        },
        {
          kind: 'file',
          path: evil,
          before: { kind: 'symlink', target: evil },
          after: { kind: 'absent' },
          reasons: [],
        },
      ],
      boot: { way: 'pygrub', kernel: evil, initramfs: evil, commandLine: evil },
    },
    record: { kind: 'would-flip', record: evil, diff: evil },
  },
  { type: 'stage-started', stage: 'plan', detail: evil },
  { type: 'progress', stage: 'plan', detail: evil },
  { type: 'notice', notice: { code: evil, message: evil } },
  {
    ...base,
    outcome: 'refused',
    disk: evil,
    problems: [{ code: evil, message: evil, remedy: evil }],
    log: evil,
  },
  {
    ...base,
    outcome: 'failed',
    disk: evil,
    exitCode: 4,
    state: evil,
    problems: [{ code: '', message: evil, remedy: '' }],
  },
  { ...base, outcome: 'boots', disk: evil, boot: { seconds: {}, login: evil } },
  { ...base, outcome: 'converted', disk: evil, record: { kind: 'written', path: evil } },
];

const ownColours = ['\x1b[1m', '\x1b[22m', '\x1b[90m', '\x1b[39m', '\x1b[32m', '\x1b[31m'];

hostile.forEach((event, index) => {
  test(`guest strings can't colour: ${event.type} ${index}`, (t) => {
    for (const shows of ['facts', 'plan'] as const) {
      for (const color of ['never', 'always'] as const) {
        const paint = choosePaint(color, true, {});
        const { out, err } = told([event], { shows, paint, verbosity: 'verbose' });
        const rest = ownColours.reduce((text, code) => text.replaceAll(code, ''), out + err);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        t.notRegex(rest, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
        if (color === 'never') t.is(rest, out + err);
      }
    }
  });
});
