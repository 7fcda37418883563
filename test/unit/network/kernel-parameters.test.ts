import test from 'ava';
import { bootedCommandLine, kernelParameter } from '../../../src/network/kernel-parameters.js';
import { guestTree } from './guest-tree-of.js';

const menu =
  "menuentry 'Debian' {\n\techo\t'Loading Linux ...'\n\tlinux\t/boot/vmlinuz-6.1 root=UUID=x ro  quiet\n\tinitrd\t/boot/initrd.img-6.1\n}\nmenuentry 'old' {\n\tlinux /boot/vmlinuz-5 single\n}\n";

test('the first entry of grub.cfg', (t) => {
  const tree = guestTree({
    '/boot/grub/grub.cfg': menu,
    '/etc/default/grub': 'GRUB_CMDLINE_LINUX="other"\n',
  });
  t.is(bootedCommandLine(tree), 'root=UUID=x ro  quiet');
});

test('without grub.cfg what it would be made of', (t) => {
  const text =
    'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n#GRUB_CMDLINE_LINUX="no"\nGRUB_CMDLINE_LINUX=\'net.ifnames=0 a=b\'\n';
  t.is(bootedCommandLine(guestTree({ '/etc/default/grub': text })), 'net.ifnames=0 a=b quiet');
  t.is(bootedCommandLine(guestTree({})), '');
});

const menuLst =
  'default 1\ntitle no\nkernel /vmlinuz no\ntitle yes\nroot (hd0,0)\nkernel /vmlinuz root=/dev/sda1 ro net.ifnames=0\n';

test("the default entry of GRUB legacy's menu, unless there is a grub.cfg", (t) => {
  const legacy = { '/boot/grub/menu.lst': menuLst };
  t.is(bootedCommandLine(guestTree(legacy)), 'root=/dev/sda1 ro net.ifnames=0');
  t.is(bootedCommandLine(guestTree({ ...legacy, '/boot/grub/grub.cfg': menu })), 'root=UUID=x ro  quiet');
});

test('the default entry of extlinux', (t) => {
  const text = 'DEFAULT l\nLABEL l\nKERNEL /vmlinuz\nAPPEND root=/dev/sda1 ro biosdevname=0\n';
  const tree = guestTree({ '/boot/extlinux/extlinux.conf': text });
  t.is(bootedCommandLine(tree), 'root=/dev/sda1 ro biosdevname=0');
});

for (const [commandLine, value] of [
  ['net.ifnames=0', '0'],
  ['a net.ifnames=0 b net.ifnames=1', '1'],
  ['net.ifnames', ''],
  ['xnet.ifnames=0', undefined],
  ['', undefined],
] as const) {
  test(`net.ifnames in "${commandLine}"`, (t) => {
    t.is(kernelParameter(commandLine, 'net.ifnames'), value);
  });
}
