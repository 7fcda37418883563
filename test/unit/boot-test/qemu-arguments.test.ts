import test from 'ava';
import { qemuArguments } from '../../../src/boot-test/qemu-arguments.js';

const dom0 = { xen: '/cache/xen', kernel: '/cache/vmlinux', initramfs: '/cache/initrd' };
const machine = { dom0, drives: [], memoryMiB: 512, logFile: '/tmp/x/xen.log' };
const throwAway = { format: 'raw', access: 'throw-away' } as const;

const argumentOf = (args: string[], option: string): string => args[args.indexOf(option) + 1] ?? '';

test('Xen, dom0 and its initramfs are booted in software emulation', (t) => {
  const args = qemuArguments(machine);
  t.is(argumentOf(args, '-machine'), 'q35,accel=tcg');
  t.is(argumentOf(args, '-cpu'), 'qemu64');
  t.is(argumentOf(args, '-kernel'), '/cache/xen');
  t.regex(argumentOf(args, '-initrd'), /^\/cache\/vmlinux .*rdinit=\/init.*,\/cache\/initrd$/);
});

test('the guest has no way to the outside: no network card, no default devices', (t) => {
  const args = qemuArguments({ ...machine, drives: [{ ...throwAway, path: '/srv/a.img' }] });
  t.true(args.includes('-nodefaults'));
  t.false(args.some((argument) => /^-net|^-nic$|virtio-net|e1000/.test(argument)));
});

test('without drives there is no disk', (t) => {
  t.false(qemuArguments(machine).includes('-drive'));
});

for (const [format, name] of [
  ['raw', 'raw'],
  ['qcow2', 'qcow2'],
  ['vhd', 'vpc'],
] as const) {
  test(`a ${format} image is read as ${name}, under a throw-away layer`, (t) => {
    const drive = argumentOf(
      qemuArguments({ ...machine, drives: [{ path: '/srv/a.img', format, access: 'throw-away' }] }),
      '-drive',
    ).split(',');
    t.true(drive.includes(`format=${name}`));
    t.true(drive.includes('snapshot=on'));
    t.true(drive.includes('file.filename=/srv/a.img'));
  });
}

test('a comma or a colon in the path stays part of it', (t) => {
  const args = qemuArguments({ ...machine, drives: [{ ...throwAway, path: '/srv/nbd:a,readonly=off.img' }] });
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

test('further disks come in their order, each with its own access', (t) => {
  const drives = [
    { ...throwAway, path: '/srv/a.img' },
    { path: '/tmp/x/boot.tar', format: 'raw', access: 'read-only' },
    { path: '/tmp/x/data.qcow2', format: 'qcow2', access: 'read-write' },
  ] as const;
  const args = qemuArguments({ ...machine, drives });
  const [first = '', second = '', third = ''] = args.filter((_, index) => args[index - 1] === '-drive');
  t.regex(first, /filename=\/srv\/a\.img$/);
  t.regex(second, /readonly=on,format=raw,.*filename=\/tmp\/x\/boot\.tar$/);
  t.regex(third, /format=qcow2,.*filename=\/tmp\/x\/data\.qcow2$/);
  t.notRegex(third, /readonly|snapshot/);
});

test("another dom0 than the rig's gets the memory and the port that it wants", (t) => {
  const args = qemuArguments({ ...machine, dom0MiB: 1024, port: 'commands' });
  t.is(argumentOf(args, '-m'), '1792');
  t.regex(argumentOf(args, '-append'), /dom0_mem=1024M/);
  t.true(args.includes('virtserialport,chardev=rig,name=commands'));
});
