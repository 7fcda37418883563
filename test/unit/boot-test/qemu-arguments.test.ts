import test from 'ava';
import { qemuArguments } from '../../../src/boot-test/qemu-arguments.js';

const dom0 = { xen: '/cache/xen', kernel: '/cache/vmlinux', initramfs: '/cache/initrd' };
const machine = { dom0, memoryMiB: 512, logFile: '/tmp/x/xen.log' };

const argumentOf = (args: string[], option: string): string => args[args.indexOf(option) + 1] ?? '';

test('Xen, dom0 and its initramfs are booted in software emulation', (t) => {
  const args = qemuArguments(machine);
  t.is(argumentOf(args, '-machine'), 'q35,accel=tcg');
  t.is(argumentOf(args, '-cpu'), 'qemu64');
  t.is(argumentOf(args, '-kernel'), '/cache/xen');
  t.regex(argumentOf(args, '-initrd'), /^\/cache\/vmlinux .*rdinit=\/init.*,\/cache\/initrd$/);
});

test('the guest has no way to the outside: no network card, no default devices', (t) => {
  const args = qemuArguments({ ...machine, image: { path: '/srv/a.img', format: 'raw' } });
  t.true(args.includes('-nodefaults'));
  t.false(args.some((argument) => /^-net|^-nic$|virtio-net|e1000/.test(argument)));
});

test('without an image there is no disk', (t) => {
  t.false(qemuArguments(machine).includes('-drive'));
});

for (const [format, name] of [
  ['raw', 'raw'],
  ['qcow2', 'qcow2'],
  ['vhd', 'vpc'],
] as const) {
  test(`a ${format} image is read as ${name}, under a throw-away layer`, (t) => {
    const drive = argumentOf(
      qemuArguments({ ...machine, image: { path: '/srv/a.img', format } }),
      '-drive',
    ).split(',');
    t.true(drive.includes(`format=${name}`));
    t.true(drive.includes('snapshot=on'));
    t.true(drive.includes('file.filename=/srv/a.img'));
  });
}

test('a comma or a colon in the path stays part of it', (t) => {
  const args = qemuArguments({ ...machine, image: { path: '/srv/nbd:a,readonly=off.img', format: 'raw' } });
  t.true(argumentOf(args, '-drive').endsWith('file.driver=file,file.filename=/srv/nbd:a,,readonly=off.img'));
});

test('a blank in a module path, which QEMU would cut, is refused', (t) => {
  const spaced = { ...machine, dom0: { ...dom0, initramfs: '/my cache/initrd' } };
  t.throws(() => qemuArguments(spaced), { message: /blank/ });
});

test('memory is for the domain; dom0 and Xen come on top', (t) => {
  t.is(argumentOf(qemuArguments(machine), '-m'), '1280');
  t.is(argumentOf(qemuArguments({ ...machine, memoryMiB: 0 }), '-m'), '768');
});

test("the archive is dom0's second disk, which nothing writes to", (t) => {
  const image = { path: '/srv/a.img', format: 'raw' } as const;
  const args = qemuArguments({ ...machine, image, archive: '/tmp/x/boot.tar' });
  const drives = args.filter((_, index) => args[index - 1] === '-drive');
  t.regex(drives[0] ?? '', /filename=\/srv\/a\.img$/);
  t.regex(drives[1] ?? '', /readonly=on,format=raw,.*filename=\/tmp\/x\/boot\.tar$/);
});
