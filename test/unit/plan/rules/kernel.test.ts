import test from 'ava';
import type { Kernel } from '../../../../src/model.js';
import { kernelRule } from '../../../../src/plan/rules/kernel.js';
import { configOfKernel, factsOf, kernelOf } from '../sample-guest.js';
import { requestOf } from '../sample-request.js';

const request = requestOf();
const apply = (kernels: readonly Kernel[]) => kernelRule.apply(factsOf({}, { kernels }), request);

/** As Ubuntu's kvm flavour. */
const unable = (version: string): Kernel =>
  kernelOf(version, { config: { ...configOfKernel, pv: false, reason: 'CONFIG_XEN_PV is not set' } });

test('one that can is enough', (t) => {
  t.deepEqual(apply([unable('6.2'), kernelOf('6.1')]), { edits: [], problems: [], notices: [] });
});

test('none at all', (t) => {
  t.deepEqual(
    apply([]).problems.map(({ code }) => code),
    ['no-kernel'],
  );
});

test('the reason of each', (t) => {
  const image = { compression: 'bzip2', pv: false, reason: "Xen can't unpack bzip2" } as const;
  const { problems } = apply([unable('5.15-kvm'), kernelOf('5.4', { image })]);
  t.like(problems[0], {
    code: 'no-pv-kernel',
    message:
      "no installed kernel can boot as a PV guest: 5.15-kvm: CONFIG_XEN_PV is not set; 5.4: Xen can't unpack bzip2",
  });
  t.is(problems.length, 1);
});

test('five reasons are enough', (t) => {
  const { problems } = apply(['9', '8', '7', '6', '5', '4'].map(unable));
  t.regex(problems[0]?.message ?? '', /9: .*5: [^;]*$/);
});
