import test from 'ava';
import { addArguments, extraArguments } from '../../../src/plan/extra-arguments.js';
import { resumeRule } from '../../../src/plan/rules/resume.js';
import { factsOf, grubConfig, kernelOf, swapUuid } from './sample-guest.js';
import { requestOf } from './sample-request.js';

const guest = (texts: Record<string, string>, commandLine = 'root=x ro') => {
  const initramfs = {
    path: '/boot/initrd.img-6.1',
    modules: ['xen-blkfront'],
    texts: new Map(Object.entries(texts)),
  };
  const files = { '/boot/grub/grub.cfg': grubConfig(commandLine) };
  return factsOf(files, { kernels: [kernelOf('6.1', { initramfs })] });
};

const resume = 'conf/conf.d/resume';

const cases: readonly [string, Record<string, string>, readonly string[]][] = [
  ['an emulated name with a UUID', { [resume]: 'RESUME=/dev/sda5\n' }, [`resume=UUID=${swapUuid}`]],
  ['in quotes', { [resume]: "RESUME='/dev/vda5'\n" }, [`resume=UUID=${swapUuid}`]],
  ['a partition that is not there', { [resume]: 'RESUME=/dev/hda7\n' }, ['noresume']],
  ['another disk', { [resume]: 'RESUME=/dev/sdb1\n' }, ['resume=/dev/xvdb1']],
  ['a serial number', { [resume]: 'RESUME=/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part5\n' }, ['noresume']],
  ['a UUID', { [resume]: 'RESUME=UUID=x\n' }, []],
  ['a volume', { [resume]: 'RESUME=/dev/mapper/vg-swap\n' }, []],
  ['none', { [resume]: 'RESUME=none\n' }, []],
  [
    'auto, with what initramfs-tools found',
    { 'conf/conf.d/zz-resume-auto': 'RESUME=/dev/sda5\n', [resume]: 'RESUME=auto\n' },
    [`resume=UUID=${swapUuid}`],
  ],
  [
    'the last file counts',
    { 'conf/conf.d/zz-resume-auto': 'RESUME=UUID=x\n', [resume]: 'RESUME=/dev/sda5\n' },
    [],
  ],
  [
    'the main file comes first',
    { 'conf/initramfs.conf': 'RESUME=/dev/sda5\n', [resume]: 'RESUME=none\n' },
    [],
  ],
  [
    'the main file alone',
    { 'conf/initramfs.conf': 'MODULES=most\nRESUME=/dev/sda5\n' },
    [`resume=UUID=${swapUuid}`],
  ],
  ['nothing', {}, []],
];

for (const [title, texts, expected] of cases) {
  test(`arguments: ${title}`, (t) => {
    t.deepEqual(extraArguments(guest(texts)), expected);
  });

  test(`a notice as long as they are missing: ${title}`, (t) => {
    const told = (commandLine: string) => resumeRule.apply(guest(texts, commandLine), requestOf());
    const codes = told('root=x ro').notices.map(({ code }) => code);
    t.deepEqual(codes, expected.length === 0 ? [] : ['initramfs-resume-differs']);
    t.deepEqual(told(addArguments('root=x ro', expected)).notices, []);
  });
}

const lines: readonly [string, string, string][] = [
  ['', 'noresume', 'noresume'],
  ['root=x ro  quiet ', 'noresume', 'root=x ro  quiet noresume'],
  ['root=x -- single', 'resume=UUID=1', 'root=x resume=UUID=1 -- single'],
  ['-- single', 'noresume', 'noresume -- single'],
  ['resume=UUID=2 ro', 'resume=UUID=1', 'resume=UUID=2 ro'],
  ['ro noresume', 'resume=UUID=1', 'ro noresume'],
  ['ro -- noresume', 'noresume', 'ro noresume -- noresume'],
  ['root=x ro single', 'noresume', 'root=x ro single'],
  ['recovery nomodeset', 'noresume', 'recovery nomodeset'],
];

for (const [before, argument, expected] of lines) {
  test(`${argument} added to "${before}"`, (t) => {
    t.is(addArguments(before, [argument]), expected);
    t.is(addArguments(expected, [argument]), expected);
    t.is(addArguments(before, []), before);
  });
}
