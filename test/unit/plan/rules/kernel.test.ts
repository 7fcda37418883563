import test from 'ava';
import type { Facts, Kernel, KernelRequest, Release } from '../../../../src/model.js';
import { kernelRule } from '../../../../src/plan/rules/kernel.js';
import { configOfKernel, factsOf, kernelOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

/** As Ubuntu's kvm flavour. */
const unable = (version: string): Kernel =>
  kernelOf(version, { config: { ...configOfKernel, pv: false, reason: 'CONFIG_XEN_PV is not set' } });

const release = (id: string, version: string): Release => ({ id, version, codename: '', name: id });

const withPackages = (names: readonly string[], changes: Partial<Facts> = {}): Facts =>
  factsOf(
    {},
    {
      kernels: [unable('6.2')],
      packages: new Map(['initramfs-tools', ...names].map((name) => [name, '1'])),
      ...changes,
    },
  );

const apply = (facts: Facts, kernel: Partial<KernelRequest> = {}) =>
  kernelRule.apply(
    facts,
    requestOf(undefined, { kernel: { install: 'if-needed', headers: true, ...kernel } }),
  );

const nothing = { edits: [], problems: [], notices: [] };
const always = { install: 'always' } as const;
const capable = { kernels: [unable('6.2'), kernelOf('6.1')] };

test('a kernel that can is enough', (t) => {
  t.deepEqual(apply(withPackages([], capable)), nothing);
});

const installations: readonly [string, Facts, Partial<KernelRequest>, readonly string[]][] = [
  ['Debian', withPackages([]), {}, ['linux-image-amd64', 'linux-headers-amd64']],
  ['no kernel at all', withPackages([], { kernels: [] }), {}, ['linux-image-amd64', 'linux-headers-amd64']],
  ['without headers', withPackages([]), { headers: false }, ['linux-image-amd64']],
  ['headers that are there', withPackages(['linux-headers-amd64']), {}, ['linux-image-amd64']],
  [
    'a flavour whose kernel does not boot is not tried again',
    withPackages(['linux-image-amd64']),
    {},
    ['linux-image-cloud-amd64', 'linux-headers-cloud-amd64'],
  ],
  [
    'Ubuntu',
    withPackages([], { release: release('ubuntu', '22.04') }),
    {},
    ['linux-image-generic', 'linux-headers-generic'],
  ],
  [
    "Ubuntu's kernel for KVM",
    withPackages(['linux-image-kvm'], { release: release('ubuntu', '22.04') }),
    {},
    ['linux-image-virtual', 'linux-headers-virtual'],
  ],
  [
    "Ubuntu's kernel for Azure, by its version",
    withPackages(['linux-image-azure-lts-20.04'], { release: release('ubuntu', '20.04') }),
    {},
    ['linux-image-virtual', 'linux-headers-virtual'],
  ],
  [
    'hardy',
    withPackages([], { release: release('ubuntu', '8.04') }),
    {},
    ['linux-image-xen', 'linux-headers-xen'],
  ],
  [
    'etch',
    withPackages([], { release: release('debian', '4') }),
    {},
    ['linux-image-xen-amd64', 'linux-headers-xen'],
  ],
  [
    'nothing writes an initramfs',
    withPackages([], { packages: new Map(), release: release('ubuntu', '24.04') }),
    {},
    ['linux-image-generic', 'linux-headers-generic', 'initramfs-tools'],
  ],
  ['asked for', withPackages([], capable), always, ['linux-image-amd64', 'linux-headers-amd64']],
  [
    'asked for, and the flavour that is there lacks its headers',
    withPackages(['linux-image-cloud-amd64'], capable),
    always,
    ['linux-headers-cloud-amd64'],
  ],
  [
    'a package by name',
    withPackages([], capable),
    { ...always, package: 'linux-image-6.1.0-9-rt-amd64' },
    ['linux-image-6.1.0-9-rt-amd64', 'linux-headers-6.1.0-9-rt-amd64'],
  ],
  [
    'headers of an unsigned image',
    withPackages([], capable),
    { ...always, package: 'linux-image-6.1.0-9-amd64-unsigned' },
    ['linux-image-6.1.0-9-amd64-unsigned', 'linux-headers-6.1.0-9-amd64'],
  ],
  [
    'headers can not be told from another name',
    withPackages([], capable),
    { ...always, package: 'my-kernel' },
    ['my-kernel'],
  ],
];

for (const [title, facts, kernel, expected] of installations) {
  test(`installs: ${title}`, (t) => {
    const { packages, problems, edits } = apply(facts, kernel);
    t.deepEqual(packages?.packages, expected);
    t.deepEqual([problems, edits], [[], []]);
  });
}

const satisfied: readonly [string, Facts, Partial<KernelRequest>][] = [
  ['both are there', withPackages(['linux-image-amd64', 'linux-headers-amd64'], capable), always],
  ['headers are not wanted', withPackages(['linux-image-amd64'], capable), { ...always, headers: false }],
  [
    'another kernel of the release',
    withPackages(['linux-image-rt-amd64', 'linux-headers-rt-amd64'], capable),
    always,
  ],
  ['the package by name', withPackages(['my-kernel'], capable), { ...always, package: 'my-kernel' }],
];

for (const [title, facts, kernel] of satisfied) {
  test(`wants nothing more: ${title}`, (t) => {
    t.deepEqual(apply(facts, kernel), nothing);
  });
}

test('the reason for each kernel, and for what comes with the new one', (t) => {
  const image = { compression: 'bzip2', pv: false, reason: "Xen can't unpack bzip2" } as const;
  const { packages } = apply(withPackages([], { kernels: [unable('5.15-kvm'), kernelOf('5.4', { image })] }));
  t.deepEqual(packages?.reasons, [
    'no use as a PV guest: kernel 5.15-kvm: CONFIG_XEN_PV is not set',
    "no use as a PV guest: kernel 5.4: Xen can't unpack bzip2",
    'linux-headers-amd64: what modules for that kernel are built with (--no-headers leaves it out)',
  ]);
});

test('what to try where the archive lacks the first choice', (t) => {
  const { packages } = apply(withPackages([], { release: release('debian', '6') }), { headers: false });
  t.deepEqual(packages?.alternatives, [['linux-image-2.6-amd64'], ['linux-image-2.6-xen-amd64']]);
});

const everything = ['linux-image-amd64', 'linux-image-cloud-amd64', 'linux-image-rt-amd64'];

test('refused when all that the release has is there and none boots', (t) => {
  const { packages, problems } = apply(withPackages(everything));
  t.is(packages, undefined);
  t.like(problems[0], {
    code: 'no-pv-kernel',
    message: 'no installed kernel can boot as a PV guest: 6.2: CONFIG_XEN_PV is not set',
  });
});

test('a release that is not known has no kernel to install', (t) => {
  const facts = withPackages([], { release: release('debian', '99') });
  t.deepEqual(
    [facts, { ...facts, kernels: [] }].map((each) => apply(each).problems.map(({ code }) => code)),
    [['no-pv-kernel'], ['no-kernel']],
  );
  t.deepEqual(apply({ ...facts, ...capable }, always), nothing);
});

test('five reasons are enough', (t) => {
  const { problems } = apply(
    withPackages(everything, { kernels: ['9', '8', '7', '6', '5', '4'].map(unable) }),
  );
  t.regex(problems[0]?.message ?? '', /9: .*5: [^;]*$/);
});
