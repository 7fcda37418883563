import test from 'ava';
import { firstDiskName, rigRecord } from '../../../src/boot-test/rig-record.js';

const disks = [
  ['disk = [ "phy:/dev/vg/vm,xvda,w", "phy:/dev/vg/swap,xvdb,w" ]', 'xvda'],
  ["disk=['/srv/vm.img,raw,xvdc,rw']", 'xvdc'],
  ["disk = [\n  'format=raw, vdev=sda, access=rw, target=/srv/vm.img',\n]", 'sda'],
  ['disk = [ "phy:/dev/vg/vm,xvda1,w" ]', 'xvda1'],
  ['disk = [ "phy:/dev/vg/vm,hda:disk,w" ]', 'hda'],
  ['disk = [ "a,raw,xvda,rw" ]\ndisk = [ "b,raw,xvde,rw" ]', 'xvde'],
  ['# disk = [ "a,raw,xvdz,rw" ]\nname = "vm"', 'xvda'],
  ['disk = [ ]', 'xvda'],
] as const;

for (const [record, expected] of disks) {
  test(`the first disk of ${JSON.stringify(record)} is ${expected}`, (t) => {
    t.is(firstDiskName(record), expected);
  });
}

test("the given record stays whole and the rig's values come last", (t) => {
  const record = 'name = "vm7"\nmemory = 4096\nextra = "quiet"\ndisk = [ "phy:/dev/vg/vm,xvdb,w" ]';
  const result = rigRecord(record, { device: '/dev/vda', memoryMiB: 512 });
  t.true(result.startsWith(`${record}\n`));
  const added = result.slice(record.length).split('\n');
  for (const line of [
    'name = "guest"',
    'memory = 512',
    'disk = [ "phy:/dev/vda,xvdb,w" ]',
    'on_crash = "destroy"',
  ]) {
    t.true(added.includes(line), line);
  }
});

test('without a record the domain is PV, booted by pygrub, with one network card', (t) => {
  const result = rigRecord(undefined, { device: '/dev/vda', memoryMiB: 256 });
  t.regex(result, /^type = "pv"$/m);
  t.regex(result, /^bootloader = "pygrub"$/m);
  t.regex(result, /^vif = \[ "" \]$/m);
  t.regex(result, /^disk = \[ "phy:\/dev\/vda,xvda,w" \]$/m);
});

test('files of dom0 are those that the rig has been given', (t) => {
  const files = { kernel: 'vmlinuz', initramfs: 'initrd.img' };
  const record = 'kernel = "/srv/vm.img.pv-boot/vmlinuz"\nramdisk = "/srv/vm.img.pv-boot/initrd.img"\n';
  const result = rigRecord(record, { device: '/dev/vda', memoryMiB: 512, files });
  t.true(result.endsWith('kernel = "/rig/boot/vmlinuz"\nramdisk = "/rig/boot/initrd.img"\n'));
});

test('the guest gets parameters against the slowness of emulation, unless its record gives parameters itself', (t) => {
  const rig = { device: '/dev/vda', memoryMiB: 512 };
  t.regex(rigRecord(undefined, rig), /^extra = "norandmaps [^"]*"$/m);
  for (const own of [
    'extra = "single"',
    'cmdline="root=/dev/xvda1 ro"',
    ' root = "/dev/xvda1 ro"',
    'kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"',
  ]) {
    t.notRegex(rigRecord(own, rig), /norandmaps/);
  }
  t.regex(rigRecord('# extra = "single"', rig), /^extra = "norandmaps/m);
});
