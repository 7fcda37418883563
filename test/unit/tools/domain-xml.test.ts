import test from 'ava';
import { parseDomainXml } from '../../../src/tools/domain-xml.js';

const withDisks = (disks: string): string =>
  `<domain type='kvm' id='3'>\n<name>a &amp; b</name><uuid>u-1</uuid>\n<devices>${disks}</devices>\n</domain>\n`;

test('files, devices and volumes; what is elsewhere is left out', async (t) => {
  const disks = `
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/srv/a&apos;b.qcow2' index='2'/>
      <backingStore type='file' index='1'><format type='raw'/><source file='/srv/base.raw'/><backingStore/></backingStore>
      <target dev='vda' bus='virtio'/></disk>
    <disk type='block' device='disk'><driver name='phy'/><source dev='/dev/vg/web'/></disk>
    <disk type='volume' device='disk'><driver name='qemu' type='raw'/><source pool='default' volume='web 1.img'/></disk>
    <disk type='network' device='disk'><source protocol='rbd' name='pool/image'/></disk>
    <disk type='file' device='cdrom'><target dev='hdc'/></disk>`;
  t.deepEqual(parseDomainXml(withDisks(disks)), {
    name: 'a & b',
    uuid: 'u-1',
    disks: [
      { path: "/srv/a'b.qcow2", isQcow2: true },
      { path: '/srv/base.raw', isQcow2: true },
      { path: '/dev/vg/web', isQcow2: false },
    ],
    volumes: [{ pool: 'default', volume: 'web 1.img', isQcow2: false }],
  });
});

test('a domain inside what a driver has put around it', (t) => {
  t.is(parseDomainXml(`<domstatus state='paused'>${withDisks('')}</domstatus>`)?.name, 'a & b');
});

test('anything else is no domain', (t) => {
  for (const text of ['', 'x', '<domain', '<network/>', '<domain></network>'])
    t.is(parseDomainXml(text), undefined);
});
