import test from 'ava';
import type { Problem } from '../../../src/model.js';
import { bootRefusals } from '../../../src/plan/boot-refusals.js';
import { networkRefusals } from '../../../src/plan/network-refusals.js';
import { packageRefusals } from '../../../src/plan/package-refusals.js';
import { refusals } from '../../../src/plan/refusals.js';
import { rootFileSystem } from './sample-guest.js';

/** One call of every entry; the compiler says when one is missing. */
const image: Record<keyof typeof refusals, Problem> = {
  'no-such-image': refusals['no-such-image']('/x.img'),
  'image-not-accessible': refusals['image-not-accessible']('/x.img', 'EACCES'),
  'not-a-disk-image': refusals['not-a-disk-image']('/x.img', 'directory'),
  'format-unclear': refusals['format-unclear']('/x.img', 'qcow2?'),
  'image-unreadable': refusals['image-unreadable']('/x.img', 'qcow2', 'detail'),
  'image-damaged': refusals['image-damaged']('/x.img', 'detail'),
  'backing-file-unclear': refusals['backing-file-unclear']('/x.img', 'why'),
  'image-encrypted': refusals['image-encrypted']('/x.img'),
  'image-in-use': refusals['image-in-use']('/x.img', ['qemu (1)', 'cp (2)']),
  'record-in-the-way': refusals['record-in-the-way']('/srv/web.img.pv.cfg'),
  'empty-disk': refusals['empty-disk'](),
  'no-operating-system': refusals['no-operating-system']([]),
  'several-systems': refusals['several-systems'](['a', 'b']),
  'unreadable-layout': refusals['unreadable-layout'](['/dev/sda1 (linux_raid_member)']),
  'encrypted-root': refusals['encrypted-root'](['/dev/sda1']),
  'unsupported-distribution': refusals['unsupported-distribution']('Fedora'),
  'unsupported-release': refusals['unsupported-release']('Debian 99'),
  'not-64-bit': refusals['not-64-bit']('i386'),
  'file-system-not-clean': refusals['file-system-not-clean'](rootFileSystem),
  'missing-file-system': refusals['missing-file-system']('/boot', '/dev/sdb1'),
  hibernated: refusals.hibernated('/dev/sda5'),
  'unsupported-init': refusals['unsupported-init'](),
  'static-dev': refusals['static-dev'](['xvc0'], ['mknod /dev/xvc0 c 204 191']),
  'no-kernel': refusals['no-kernel'](),
  'no-pv-kernel': refusals['no-pv-kernel'](['6.1: why']),
  'hardware-device-name': refusals['hardware-device-name']('/etc/fstab', '/dev/disk/by-path/x'),
  'lvm-filter': refusals['lvm-filter'](),
  'root-not-found': refusals['root-not-found']('/dev/sda9'),
  'xen-driver-disabled': refusals['xen-driver-disabled']('/etc/modprobe.d/x.conf'),
  'unexpected-file-type': refusals['unexpected-file-type']('/etc/fstab', 'a directory'),
};

const boot: Record<keyof typeof bootRefusals, Problem> = {
  'menu-not-read': bootRefusals['menu-not-read']('GRUB legacy', '/boot/grub/menu.lst'),
  'several-initramfs': bootRefusals['several-initramfs']('Linux', ['/a', '/b']),
  'no-boot-loader': bootRefusals['no-boot-loader'](),
  'unsupported-boot-loader': bootRefusals['unsupported-boot-loader']('LILO', '/etc/lilo.conf'),
  'uki-or-bls-only': bootRefusals['uki-or-bls-only']('/boot/loader'),
  'linuxefi-entries': bootRefusals['linuxefi-entries'](),
  'no-linux-entries': bootRefusals['no-linux-entries'](),
  'hypervisor-default-entry': bootRefusals['hypervisor-default-entry']('Debian, with Xen'),
  'unreadable-by-pygrub': bootRefusals['unreadable-by-pygrub']('why'),
  'boot-entry-file-missing': bootRefusals['boot-entry-file-missing']('Debian', '/boot/x'),
  'default-entry-not-pv': bootRefusals['default-entry-not-pv']('Debian', 'why', ['6.1']),
};

const network: Record<keyof typeof networkRefusals, Problem> = {
  'no-static-address': networkRefusals['no-static-address']('eth0'),
  'record-addresses-unclear': networkRefusals['record-addresses-unclear']('the record', [
    '10.1.2.3',
    '10.1.2.4',
  ]),
  'record-without-netmask': networkRefusals['record-without-netmask']('the record', '10.1.2.3'),
  'record-address-unfit': networkRefusals['record-address-unfit']('the record', 'why'),
  'several-dhcp-interfaces': networkRefusals['several-dhcp-interfaces'](['eth0', 'eth1']),
  'interface-not-found': networkRefusals['interface-not-found']('eth7', ['eth0']),
  'interface-not-dhcp': networkRefusals['interface-not-dhcp']('eth0', ['inet manual']),
  'ambiguous-network': networkRefusals['ambiguous-network']('why'),
  'unsupported-network': networkRefusals['unsupported-network'](),
  'address-differs': networkRefusals['address-differs']('10.0.0.1', []),
};

const packages: Record<keyof typeof packageRefusals, Problem> = {
  'package-not-found': packageRefusals['package-not-found'](['linux-image-xen'], ['E']),
  'packages-conflict': packageRefusals['packages-conflict'](['linux-image-xen'], ['E']),
  'no-package-source': packageRefusals['no-package-source'](['cdrom:']),
  'no-space': packageRefusals['no-space']([
    { mount: '/', neededBytes: 2, freeBytes: 1, neededFiles: 1, freeFiles: 1 },
  ]),
};

const tables = { ...image, ...boot, ...network, ...packages };

test('no code stands in two tables', (t) => {
  const counts = [image, boot, network, packages].map((table) => Object.keys(table).length);
  t.is(
    Object.keys(tables).length,
    counts.reduce((sum, count) => sum + count),
  );
});

for (const [key, problem] of Object.entries(tables)) {
  test(key, (t) => {
    t.is(problem.code, key);
    t.regex(problem.code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    t.true(problem.message.length > 10);
    t.not(problem.remedy, '');
    t.notRegex(`${problem.message} ${problem.remedy}`, /undefined|\[object|\n| {2}|[.!]$/);
  });
}

test('lists are written out', (t) => {
  t.is(image['image-in-use'].message, '/x.img is in use: qemu (1), cp (2)');
  t.is(image['no-operating-system'].message, 'no operating system was found on the disk');
});
