import test from 'ava';
import { isSameDomain } from '../../../src/mode-records/libvirt-same.js';
import { example, exampleNames } from './libvirt-examples.js';

const given = `<domain type='xen'>
  <name>web</name>
  <!-- ours -->
  <memory unit='KiB'>65536</memory>
  <os><type>linux</type></os>
  <devices>
    <disk type='file'><source file='/b'/><target dev='xvdb' bus='xen'/></disk>
    <disk type='file'><source file='/a'/><target dev='xvda' bus='xen'/></disk>
  </devices>
</domain>
`;

const printed = `<domain type='xen'>
  <name>web</name>
  <uuid>b3b0d2a4-52f6-4f0e-9c1c-000000000001</uuid>
  <memory unit='KiB'>65536</memory>
  <currentMemory unit='KiB'>65536</currentMemory>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
  </os>
  <clock offset='utc'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/a'/>
      <target dev='xvda' bus='xen'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/b'/>
      <target dev='xvdb' bus='xen'/>
    </disk>
    <controller type='xenbus' index='0'/>
    <console type='pty'>
      <target type='xen' port='0'/>
    </console>
    <memballoon model='xen'/>
  </devices>
</domain>

`;

test('what libvirt makes of a definition is the same', (t) => {
  t.true(isSameDomain(given, printed));
  t.true(isSameDomain(printed, printed));
});

for (const [title, from, to] of [
  ['a value', '65536</memory>', '131072</memory>'],
  ['an attribute', "file='/a'", "file='/c'"],
  ['a further disk', '<controller', "<disk type='file'><source file='/d'/></disk><controller"],
  ['a further card', '<controller', "<interface type='bridge'/><controller"],
  ['a disk that is gone', /<disk.*?<\/disk>/s, ''],
  ['another mode', 'linux', 'hvm'],
  ['another name', '>web<', '>web2<'],
  ['a disk that became read-only', "<source file='/a'/>", "<source file='/a'/><readonly/>"],
  ['an attribute that nobody gave', "bus='xen'/>", "bus='xen' removable='on'/>"],
  ['something unreadable', '</domain>', ''],
] as const) {
  test(`what somebody else changed is not: ${title}`, (t) => {
    const changed = printed.replace(from, to);
    t.not(changed, printed);
    t.false(isSameDomain(given, changed));
  });
}

for (const name of exampleNames) {
  test(`before and after are never taken for each other: ${name}`, (t) => {
    t.false(isSameDomain(example(name, 'hvm'), example(name, 'pv')));
    t.false(isSameDomain(example(name, 'pv'), example(name, 'hvm')));
  });
}
