import test from 'ava';
import { pvConfig } from '../../../src/mode-records/pv-config.js';
import type { RecordBoot } from '../../../src/mode-records/record-boot.js';
import { toPvConfig } from '../../../src/mode-records/xl-to-pv.js';

const grub = '/usr/lib/grub-xen/grub-x86_64-xen.bin';
const disk = 'disk = [ "/srv/a.img,raw,hda,w" ]';
const pvDisk = 'disk = [ "/srv/a.img,raw,xvda,w" ]';

const pvgrub2: RecordBoot = { kind: 'pvgrub2', program: grub };
const kernel: RecordBoot = {
  kind: 'kernel',
  kernel: '/srv/a.img.pv-boot/vmlinuz',
  initramfs: '/srv/a.img.pv-boot/initrd.img',
  commandLine: 'root=LABEL="x" ro',
};
const kernelLines = `kernel = "/srv/a.img.pv-boot/vmlinuz"
ramdisk = "/srv/a.img.pv-boot/initrd.img"
cmdline = "root=LABEL=\\"x\\" ro"
`;

const conversions: readonly [string, RecordBoot, string, string][] = [
  [
    'hvmloader becomes GRUB for PV',
    pvgrub2,
    `type = "hvm"\nkernel = "/usr/lib/xen/boot/hvmloader"\n${disk}\n`,
    `type = "pv"\nkernel = "${grub}"\n${pvDisk}\n`,
  ],
  [
    'what an HVM domain never ran goes',
    pvgrub2,
    `type = "hvm"\nbootloader = "pygrub"\nbootloader_args = [ "-q" ]\nramdisk = "/x"\n${disk}\n`,
    `type = "pv"\nkernel = "${grub}"\n${pvDisk}\n`,
  ],
  [
    "files of dom0, with the guest's own command line",
    kernel,
    `type = "hvm"\n${disk}\n`,
    `type = "pv"\n${kernelLines}${pvDisk}\n`,
  ],
  [
    'another command line goes',
    kernel,
    `type = "hvm"\nroot = "/dev/hda1"\nextra = "ro"\ncmdline = "x"\n${disk}\n`,
    `type = "pv"\n${kernelLines}${pvDisk}\n`,
  ],
];

for (const [title, boot, before, after] of conversions) {
  test(title, (t) => {
    t.like(toPvConfig(before, { boot }), { kind: 'converted', text: after });
    t.deepEqual(toPvConfig(after, { boot }), { kind: 'already-pv', mode: 'pv' });
    t.deepEqual(toPvConfig(after), { kind: 'already-pv', mode: 'pv' });
  });
}

const byPygrub = `type = "pv"\nbootloader = "pygrub"\n${pvDisk}\n`;
const byGrub = `type = "pv"\nkernel = "${grub}"\n${pvDisk}\n`;
const byFiles = `type = "pv"\n${kernelLines}${pvDisk}\n`;

const already: readonly [string, RecordBoot, string, boolean][] = [
  ['pygrub for pygrub', { kind: 'pygrub' }, byPygrub, true],
  ['GRUB where pygrub would do', { kind: 'pygrub' }, byGrub, true],
  ['files where pygrub would do', { kind: 'pygrub' }, byFiles, false],
  ['pygrub where only GRUB can', pvgrub2, byPygrub, false],
  ['GRUB for GRUB', pvgrub2, byGrub, true],
  ['files where GRUB would do', pvgrub2, byFiles, false],
  ['pygrub where only files can', kernel, byPygrub, false],
  ['GRUB where only files can', kernel, byGrub, false],
  ['these files', kernel, byFiles, true],
];

for (const [title, boot, text, isFit] of already) {
  test(`already PV: ${title}`, (t) => {
    const result = toPvConfig(text, { boot });
    t.is(result.kind, isFit ? 'already-pv' : 'unsupported');
    if (result.kind === 'unsupported')
      t.regex(result.remedy, boot.kind === 'pygrub' ? /pygrub/ : /kernel = /);
  });
}

for (const [title, boot, before, after] of conversions) {
  test(`as a PVH domain: ${title}`, (t) => {
    const pvh = { ...boot, target: 'pvh' } as const;
    const expected = after.replace('type = "pv"', 'type = "pvh"');
    t.like(toPvConfig(before, { boot: pvh }), { kind: 'converted', text: expected });
    t.deepEqual(toPvConfig(expected, { boot: pvh }), { kind: 'already-pv', mode: 'pvh' });
    const pv = toPvConfig(after, { boot: pvh });
    if (pv.kind !== 'unsupported') return t.fail(pv.kind);
    t.regex(pv.remedy, /type = "pvh"/);
  });
}

test('a new configuration says the same', (t) => {
  for (const boot of [pvgrub2, kernel]) {
    const config = pvConfig({ imagePath: '/srv/a.img', format: 'raw', boot });
    if (config.kind !== 'text') return t.fail();
    t.deepEqual(toPvConfig(config.text, { boot }), { kind: 'already-pv', mode: 'pv' });
    t.notRegex(config.text, /bootloader/);
  }
  const pvh = pvConfig({ imagePath: '/srv/a.img', format: 'raw', boot: { kind: 'pygrub', target: 'pvh' } });
  t.regex(pvh.kind === 'text' ? pvh.text : '', /as a PVH domain.*^type = "pvh"$/ms);
});
