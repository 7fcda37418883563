import test from 'ava';
import type { Kernel } from '../../../src/model.js';
import { namingDifferences } from '../../../src/network/initramfs-names.js';
import { guestTree } from './guest-tree-of.js';

const link = '[Match]\nType=ether\n[Link]\nName=lan0\n';
const kernel = (texts: Record<string, string>, modules = ['xen-netfront']): Kernel => ({
  version: '6.1',
  path: '/boot/vmlinuz-6.1',
  initramfs: { path: '/boot/initrd.img-6.1', modules, texts: new Map(Object.entries(texts)) },
});
const shipped = { 'lib/systemd/network/99-default.link': '[Link]\nNamePolicy=slot\n' };
const own = { '/etc/systemd/network/10-lan.link': link };

for (const [title, files, kernels, expected] of [
  ['nothing of their own', {}, [kernel(shipped)], []],
  ['the same', own, [kernel({ ...shipped, 'lib/systemd/network/10-lan.link': link })], []],
  ['missing', own, [kernel(shipped)], ['missing in the initramfs']],
  [
    'older',
    own,
    [kernel({ 'usr/lib/systemd/network/10-lan.link': `${link}\n` })],
    ['older in the initramfs'],
  ],
  [
    'gone from the guest',
    {},
    [kernel({ ...shipped, 'lib/systemd/network/10-lan.link': link })],
    ['only in the initramfs'],
  ],
  ['not read', own, [kernel({ 'conf/conf.d/resume': 'RESUME=none' })], []],
  ['no network driver inside', own, [kernel(shipped, ['xen-blkfront'])], []],
  [
    'rules that name nothing',
    { '/etc/udev/rules.d/10-x.rules': 'KERNEL=="sda"\n' },
    [kernel({ 'lib/udev/rules.d/50-x.rules': '' })],
    [],
  ],
  [
    'a rule that names',
    { '/etc/udev/rules.d/70-persistent-net.rules': 'SUBSYSTEM=="net", NAME="eth0"\n' },
    [kernel({ 'lib/udev/rules.d/50-x.rules': '' })],
    ['missing in the initramfs'],
  ],
] as const) {
  test(`an initramfs and the guest: ${title}`, (t) => {
    t.deepEqual(
      namingDifferences(guestTree(files), kernels).map(({ difference }) => difference),
      [...expected],
    );
  });
}
