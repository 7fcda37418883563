import test from 'ava';
import type { Kernel, KernelConfigFacts } from '../../../src/model.js';
import { bootablePvKernels, consoleDevices, obstacle, wantedConsole } from '../../../src/plan/pv-kernels.js';
import { configOfKernel, factsOf, kernelOf } from './sample-guest.js';

const config = (changes: Partial<KernelConfigFacts>): Partial<Kernel> => ({
  config: { ...configOfKernel, ...changes },
});
const { config: _, ...withoutConfig } = kernelOf('6.1');
const { initramfs: __, ...withoutInitramfs } = kernelOf('6.1');
const { image: ___, ...withoutImage } = kernelOf('6.1');
const initramfs = { path: '/boot/initrd.img-6.1', modules: ['ext4'], texts: new Map<string, string>() };

const cases: readonly [string, Kernel, string | undefined][] = [
  ['module in the initramfs', kernelOf('6.1'), undefined],
  [
    'built in, no initramfs',
    { ...withoutInitramfs, config: { ...configOfKernel, blkfront: 'builtin' } },
    undefined,
  ],
  ['no configuration, module in the initramfs', withoutConfig, undefined],
  [
    'not PV by its configuration',
    kernelOf('6.1', config({ pv: false, reason: 'CONFIG_XEN_PV is not set' })),
    'CONFIG_XEN_PV is not set',
  ],
  [
    'not PV by its image, whatever the configuration says',
    kernelOf('6.1', { image: { compression: 'xz', pv: false, reason: 'it has no XEN_VERSION note' } }),
    'it has no XEN_VERSION note',
  ],
  ['image not read', withoutImage, 'its image was not read'],
  [
    'no driver at all',
    kernelOf('6.1', config({ blkfront: 'absent' })),
    'it has no driver for Xen block devices (CONFIG_XEN_BLKDEV_FRONTEND)',
  ],
  ['a module and no initramfs', withoutInitramfs, 'it has no initramfs, and xen-blkfront is a module'],
  [
    'missing in the initramfs',
    kernelOf('6.1', { initramfs }),
    'its initramfs /boot/initrd.img-6.1 does not hold xen-blkfront',
  ],
  [
    'an initramfs that could be read in part',
    kernelOf('6.1', { initramfs: { ...initramfs, damage: 'it is empty' } }),
    'its initramfs /boot/initrd.img-6.1 is damaged: it is empty',
  ],
];

for (const [title, kernel, expected] of cases) {
  test(title, (t) => {
    t.is(obstacle(kernel), expected);
  });
}

test('the kernels that can, newest first', (t) => {
  const kernels = [kernelOf('6.2'), kernelOf('6.1', { initramfs }), kernelOf('5.10')];
  t.deepEqual(
    bootablePvKernels(factsOf({}, { kernels })).map(({ version }) => version),
    ['6.2', '5.10'],
  );
});

test('the console is the newest able kernel own one, and hvc0 when nothing tells', (t) => {
  const old = kernelOf('2.6.24-19-xen', config({ console: 'xvc0' }));
  const unable = kernelOf('2.6.32', { ...config({ console: 'xvc0' }), initramfs });
  t.is(wantedConsole(factsOf({}, { kernels: [old] })), 'xvc0');
  t.is(wantedConsole(factsOf({}, { kernels: [unable, kernelOf('6.1')] })), 'hvc0');
  t.is(wantedConsole(factsOf({}, { kernels: [kernelOf('6.1'), old] })), 'hvc0');
  t.is(wantedConsole(factsOf({}, { kernels: [withoutConfig] })), 'hvc0');
  t.is(wantedConsole(factsOf({}, { kernels: [] })), 'hvc0');
});

const unconfigured = (version: string): Kernel => ({ ...withoutConfig, version });

const consoles: readonly [string, Kernel, readonly string[]][] = [
  ['pv_ops', kernelOf('6.1'), ['hvc0']],
  ['hardy, xenlinux', kernelOf('2.6.24-19-xen', config({ console: 'xvc0', xenOnly: true })), ['xvc0']],
  [
    'lenny, xenlinux, disputed',
    kernelOf('2.6.26-2-xen-amd64', config({ console: 'xvc0', xenOnly: true })),
    ['hvc0', 'xvc0'],
  ],
  ['squeeze, pv_ops in spite of its name', kernelOf('2.6.32-5-xen-amd64'), ['hvc0']],
  ['no console at all', kernelOf('2.6.27', config({ console: 'none' })), ['hvc0']],
  ['no configuration', unconfigured('6.1'), ['hvc0']],
  ['no configuration, etch by its name', unconfigured('2.6.18-6-xen-amd64'), ['xvc0', 'hvc0']],
  ['no configuration, lenny by its name', unconfigured('2.6.26-2-xen-amd64'), ['hvc0', 'xvc0']],
];

for (const [title, kernel, expected] of consoles) {
  test(`the devices that may be the console: ${title}`, (t) => {
    t.deepEqual(consoleDevices(factsOf({}, { kernels: [kernel] })), expected);
  });
}
