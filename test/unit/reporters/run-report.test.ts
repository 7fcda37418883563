import test from 'ava';
import type { Event, Outcome } from '../../../src/events.js';
import { gather, nothingGathered, runReport } from '../../../src/reporters/run-report.js';
import { readRunReport } from '../../../src/run-report.js';
import { factsOf, kernelOf } from '../plan/sample-guest.js';

const frame = {
  disk: 'web1.img',
  host: 'xen1',
  program: '0.1.0',
  log: '/state/log/x.log',
  startedMs: Date.UTC(2026, 10, 27, 16, 0, 0),
  endedMs: Date.UTC(2026, 10, 27, 16, 0, 2, 500),
};
const converted: Outcome = {
  type: 'outcome',
  disk: 'web1.img',
  outcome: 'converted',
  record: { kind: 'flipped', record: 'the xl configuration /etc/xen/web1', diff: '+type = "pv"\n' },
  problems: [],
};
const boot = { way: 'pygrub', kernel: '/k', commandLine: 'ro' } as const;
const file = (text: string) => ({ kind: 'file', text, mode: 0o644 }) as const;
const edit = { kind: 'file', path: '/etc/fstab', reasons: ['sda is not there'] } as const;

const started = (stage: 'open' | 'verify' | 'commit', detail: string): Event => ({
  type: 'stage-started',
  stage,
  detail,
});
const finished = (stage: 'open' | 'verify' | 'commit', milliseconds: number): Event => ({
  type: 'stage-finished',
  stage,
  milliseconds,
});

const reportOf = (events: readonly Event[], outcome: Outcome) =>
  runReport(events.reduce(gather, nothingGathered), outcome, frame);

test('the report of a conversion, which can be read back', (t) => {
  const steps = [
    { ...edit, before: file('/dev/sda1 /\n'), after: file('/dev/xvda1 /\n') },
    { kind: 'initramfs', path: '/boot/i', kernel: '6.1', modules: ['xen-blkfront'], reasons: ['missing'] },
  ] as const;
  const values = [
    { name: 'address', value: '18.181.3.4', origin: 'record', where: 'the machine web1' },
  ] as const;
  const report = reportOf(
    [
      started('open', 'web1.img'),
      { type: 'heartbeat', stage: 'open', milliseconds: 10_000 },
      finished('open', 11_000),
      { type: 'facts', facts: factsOf(), access: 'direct' },
      { type: 'notice', notice: { code: 'no-fallback', message: 'there is one kernel' } },
      { type: 'plan', plan: { version: 1, steps, notices: [], values, boot, console: 'hvc0' } },
      started('verify', 'by a fresh look'),
      finished('verify', 20),
      started('verify', 'by pygrub'),
      finished('verify', 30),
      { type: 'booted', boot: { seconds: { login: 52.8 }, login: 'web1 login:' } },
      { type: 'undo-archive', path: '/state/conversions/1/undo.qcow2', bytes: 65_536 },
    ],
    converted,
  );
  t.deepEqual(report, {
    version: 1,
    disk: 'web1.img',
    host: 'xen1',
    program: '0.1.0',
    started: '2026-11-27T16:00:00.000Z',
    ended: '2026-11-27T16:00:02.500Z',
    milliseconds: 2500,
    outcome: { outcome: 'converted', exitCode: 0, problems: [] },
    facts: {
      release: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian GNU/Linux 12 (bookworm)' },
      architecture: 'amd64',
      initSystem: 'systemd',
      kernels: [{ version: '6.1', pv: true, compression: 'xz', initramfs: '/boot/initrd.img-6.1' }],
      fileSystems: [
        { device: '/dev/sda1', type: 'ext4', partition: 1, mountedAt: '/' },
        { device: '/dev/sda5', type: 'swap', partition: 5 },
      ],
      access: 'direct',
    },
    steps: [
      {
        path: '/etc/fstab',
        change: 'changed',
        reasons: ['sda is not there'],
        diff: '--- a/etc/fstab\n+++ b/etc/fstab\n@@ -1,1 +1,1 @@\n-/dev/sda1 /\n+/dev/xvda1 /\n',
      },
      {
        path: '/boot/i',
        change: 'changed',
        reasons: ['missing'],
        diff: '+module xen-blkfront of 6.1\n',
      },
    ],
    values: [{ name: 'address', value: '18.181.3.4', origin: 'record', where: 'the machine web1' }],
    notices: [{ code: 'no-fallback', message: 'there is one kernel' }],
    stages: [
      { stage: 'open', detail: 'web1.img', milliseconds: 11_000 },
      { stage: 'verify', detail: 'by a fresh look', milliseconds: 20 },
      { stage: 'verify', detail: 'by pygrub', milliseconds: 30 },
    ],
    bootTest: { seconds: { login: 52.8 }, login: 'web1 login:' },
    undoArchive: { path: '/state/conversions/1/undo.qcow2', bytes: 65_536 },
    record: { kind: 'flipped', record: 'the xl configuration /etc/xen/web1', diff: '+type = "pv"\n' },
    verification: { checks: ['by a fresh look', 'by pygrub'] },
    log: '/state/log/x.log',
  });
  t.deepEqual(readRunReport(JSON.stringify(report)), { kind: 'report', report });
});

test('a check that failed is none that was passed', (t) => {
  const failed: Outcome = {
    type: 'outcome',
    disk: 'web1.img',
    outcome: 'failed',
    exitCode: 5,
    problems: [{ code: 'not-verified', message: 'm', remedy: 'r' }],
    state: 'the image is untouched',
  };
  const events = [
    started('verify', 'by a fresh look'),
    finished('verify', 20),
    started('verify', 'by pygrub'),
    finished('verify', 30),
  ];
  const report = reportOf(events, failed);
  t.deepEqual(report.verification, { checks: ['by a fresh look'] });
  t.deepEqual(report.outcome, {
    outcome: 'failed',
    exitCode: 5,
    problems: [{ code: 'not-verified', message: 'm', remedy: 'r' }],
    state: 'the image is untouched',
  });
  t.false('record' in report);
});

test('a stage that the run ended in has no length', (t) => {
  t.deepEqual(reportOf([started('commit', '/srv/web1.img')], converted).stages, [
    { stage: 'commit', detail: '/srv/web1.img' },
  ]);
});

test('a guest that needs packages is told as it came, with them, and reached through the appliance then', (t) => {
  const packages = { kind: 'packages', packages: ['linux-image-amd64'], reasons: ['none is PV'] } as const;
  const image = { pv: false, reason: 'no ELF note', compression: 'xz' } as const;
  const cloud = kernelOf('5.10', { image });
  const report = reportOf(
    [
      { type: 'facts', facts: factsOf({}, { kernels: [cloud] }), access: 'direct' },
      {
        type: 'installation',
        packages,
        values: [],
        steps: [{ ...edit, before: file('a\n'), after: file('b\n') }],
      },
      { type: 'facts', facts: factsOf({}, { kernels: [kernelOf('6.1'), cloud] }), access: 'appliance' },
      { type: 'facts', facts: factsOf(), access: 'direct' },
    ],
    converted,
  );
  t.like(report, { packages: ['linux-image-amd64'], facts: { access: 'appliance' } });
  t.deepEqual(report.facts?.kernels, [
    {
      version: '5.10',
      pv: false,
      reason: 'no ELF note',
      compression: 'xz',
      initramfs: '/boot/initrd.img-5.10',
    },
  ]);
  t.deepEqual(
    report.steps.map(({ path }) => path),
    ['/etc/fstab'],
  );
});

test('of a very long diff the report says where it is', (t) => {
  const after = file('line\n'.repeat(20_000));
  const steps = [{ ...edit, before: { kind: 'absent' }, after }] as const;
  const plan: Event = {
    type: 'plan',
    plan: { version: 1, steps, notices: [], values: [], boot, console: 'hvc0' },
  };
  t.regex(reportOf([plan], converted).steps[0]?.diff ?? '', /^The diff has 1\d{5} characters; the log/);
});
