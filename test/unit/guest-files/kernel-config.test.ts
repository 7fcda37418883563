import test from 'ava';
import fc from 'fast-check';
import { readKernelConfig } from '../../../src/guest-files/kernel-config.js';

const debian12 = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.1.176 Kernel Configuration
#
CONFIG_X86_64=y
CONFIG_PARAVIRT=y
CONFIG_PARAVIRT_XXL=y
CONFIG_XEN=y
CONFIG_XEN_PV=y
CONFIG_XEN_PVHVM_SMP=y
CONFIG_PVH=y
CONFIG_XEN_BLKDEV_FRONTEND=m
CONFIG_XEN_NETDEV_FRONTEND=m
CONFIG_HVC_XEN=y
`;
const ubuntu1604 = `CONFIG_X86_64=y
CONFIG_PARAVIRT=y
CONFIG_XEN=y
CONFIG_XEN_DOM0=y
CONFIG_XEN_PVHVM=y
CONFIG_XEN_BLKDEV_FRONTEND=y
CONFIG_XEN_NETDEV_FRONTEND=y
CONFIG_HVC_XEN=y
`;
const hardyXen = `CONFIG_X86_64=y
CONFIG_X86_64_XEN=y
CONFIG_XEN=y
CONFIG_XEN_PRIVILEGED_GUEST=y
CONFIG_XEN_BLKDEV_FRONTEND=y
CONFIG_XEN_NETDEV_FRONTEND=y
`;
const pvDebian = {
  pv: true,
  reason: '',
  blkfront: 'module',
  netfront: 'module',
  console: 'hvc0',
  xenOnly: false,
};
const pvUbuntu = { ...pvDebian, blkfront: 'builtin', netfront: 'builtin' };

const readsAs = test.macro({
  exec: (t, text: string, expected: Partial<ReturnType<typeof readKernelConfig>>) =>
    t.like(readKernelConfig(text), expected),
  title: (title) => `kernel configuration: ${title}`,
});

test('Debian 12', readsAs, debian12, pvDebian as object);
test(
  'with CRLF and without a last newline',
  readsAs,
  debian12.trimEnd().replaceAll('\n', '\r\n'),
  pvDebian as object,
);
test('before the split (Ubuntu 16.04)', readsAs, ubuntu1604, pvUbuntu as object);
test('xenlinux (Ubuntu 8.04)', readsAs, hardyXen, { ...pvUbuntu, console: 'xvc0', xenOnly: true } as object);
test('xenlinux with HVC_XEN', readsAs, `${hardyXen}CONFIG_HVC_XEN=y\n`, { console: 'hvc0', xenOnly: true });
test('Azure: no Xen', readsAs, debian12.replace('CONFIG_XEN=y', '# CONFIG_XEN is not set'), {
  pv: false,
  reason: "CONFIG_XEN isn't set: the kernel is built without support for Xen",
});
test('kvm flavour: PVH alone', readsAs, 'CONFIG_X86_64=y\nCONFIG_PARAVIRT=y\nCONFIG_PVH=y\n', {
  pv: false,
  blkfront: 'absent',
  netfront: 'absent',
  console: 'none',
  xenOnly: false,
});
test('PVHVM only', readsAs, debian12.replace('CONFIG_XEN_PV=y', '# CONFIG_XEN_PV is not set'), {
  pv: false,
  reason: "CONFIG_XEN_PV isn't set: the kernel runs on Xen as HVM or PVH only",
});
test('PVHVM only, without "is not set" lines', readsAs, debian12.replace('CONFIG_XEN_PV=y\n', ''), {
  pv: false,
});
test('the last line of a symbol counts', readsAs, `${debian12}# CONFIG_XEN_PV is not set\n`, { pv: false });
test('a symbol set to n', readsAs, debian12.replace('XEN_PV=y', 'XEN_PV=n'), { pv: false });
test('32 bit', readsAs, ubuntu1604.replace('CONFIG_X86_64=y', '# CONFIG_64BIT is not set'), {
  pv: false,
  reason: "CONFIG_X86_64 isn't set: it isn't a 64-bit x86 kernel",
});
test('arm64, which has XEN without PV', readsAs, 'CONFIG_ARM64=y\nCONFIG_PARAVIRT=y\nCONFIG_XEN=y\n', {
  pv: false,
});
test('empty', readsAs, '', { pv: false, xenOnly: false });

test('PV and a reason exclude each other, whatever the text', (t) => {
  const line = fc.constantFrom(
    ...debian12.split('\n'),
    '# CONFIG_XEN_PV is not set',
    'CONFIG_XEN_PV',
    '=y',
    '\r',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      const { pv, reason } = readKernelConfig(lines.join('\n'));
      t.is(pv, reason === '');
    }),
  );
});
