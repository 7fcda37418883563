import test from 'ava';
import type { Kernel, KernelCompression } from '../../../../src/model.js';
import { initramfsRule } from '../../../../src/plan/rules/initramfs.js';
import { configOfKernel, factsOf, kernelOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const list = '/etc/initramfs-tools/modules';

/** As MODULES=dep on an emulated IDE disk makes it. */
const dep = (version: string, compression: KernelCompression = 'zstd'): Kernel =>
  kernelOf(version, {
    initramfs: {
      path: `/boot/initrd.img-${version}`,
      modules: ['ata-piix', 'ext4', 'sd-mod'],
      compression,
      texts: new Map([['conf/initramfs.conf', 'MODULES=dep\n']]),
    },
  });

const stepsFor = (kernels: readonly Kernel[], install: 'if-needed' | 'always' = 'if-needed') =>
  initramfsRule.apply(factsOf({}, { kernels }), requestOf(undefined, { kernel: { install, headers: true } }))
    .initramfs ?? [];

test('the newest kernel gets the driver, and update-initramfs hears of it', (t) => {
  const kernels = [dep('6.1.0-10'), dep('6.1.0-9')];
  const files = { [list]: '# one a line\nfoo' };
  const { edits, initramfs } = initramfsRule.apply(factsOf(files, { kernels }), requestOf());
  t.like(initramfs, [{ path: '/boot/initrd.img-6.1.0-10', kernel: '6.1.0-10', modules: ['xen-blkfront'] }]);
  t.like(edits, [{ path: list, node: { text: '# one a line\nfoo\nxen-blkfront\n' } }]);
});

test('a guest that has the line already keeps its file', (t) => {
  const { edits } = initramfsRule.apply(
    factsOf({ [list]: 'xen_blkfront\n' }, { kernels: [dep('6.1')] }),
    requestOf(),
  );
  t.deepEqual(edits, []);
});

const leftAlone: readonly [string, readonly Kernel[]][] = [
  ['another kernel boots as PV', [dep('6.2'), kernelOf('6.1')]],
  ['the kernel is none for PV', [{ ...dep('6.1'), config: { ...configOfKernel, pv: false } }]],
  ['the driver is compiled in', [{ ...dep('6.1'), config: { ...configOfKernel, blkfront: 'builtin' } }]],
  ['there is no driver at all', [{ ...dep('6.1'), config: { ...configOfKernel, blkfront: 'absent' } }]],
  ['lz4, behind which Linux reads nothing', [dep('6.1', 'lz4')]],
  [
    'a damaged initramfs',
    [kernelOf('6.1', { initramfs: { path: '/i', modules: ['a'], texts: new Map(), damage: 'cut off' } })],
  ],
  [
    "another tool's initramfs",
    [kernelOf('6.1', { initramfs: { path: '/i', modules: ['a'], texts: new Map(), compression: 'gzip' } })],
  ],
];

for (const [title, kernels] of leftAlone) {
  test(`left alone: ${title}`, (t) => {
    t.deepEqual(stepsFor(kernels), []);
  });
}

test('left alone: a kernel will be installed anyway', (t) => {
  t.deepEqual(stepsFor([dep('6.1')], 'always'), []);
});
