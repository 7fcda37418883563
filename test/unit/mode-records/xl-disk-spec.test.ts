import test from 'ava';
import fc from 'fast-check';
import { parseDiskSpec, printDiskSpec } from '../../../src/mode-records/xl-disk-spec.js';
import { pvDeviceNames, pvDisk, pvVif } from '../../../src/mode-records/xl-pv-devices.js';

/** specification; target, vdev, format, `r` or `w`, `cdrom` or empty, script: what xlu_disk_parse of Xen 4.17 says. */
const accepted: readonly (readonly [string, string])[] = [
  ['/dev/vg/guest-volume,,hda', '/dev/vg/guest-volume hda raw w'],
  ['/dev/vg/guest-volume,raw,hda,rw', '/dev/vg/guest-volume hda raw w'],
  ['format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume', '/dev/vg/guest-volume hda raw w'],
  ['raw:/dev/vg/guest-volume,hda,w', '/dev/vg/guest-volume hda raw w'],
  ['/root/image.iso,,hdc,cdrom', '/root/image.iso hdc raw r cdrom'],
  ['/root/image.iso,,hdc,,cdrom', '/root/image.iso hdc raw r cdrom'],
  ['/root/image.iso,raw,hdc,devtype=cdrom', '/root/image.iso hdc raw r cdrom'],
  [
    'format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso',
    '/root/image.iso hdc raw r cdrom',
  ],
  ['raw:/root/image.iso,hdc:cdrom,ro', '/root/image.iso hdc raw r cdrom'],
  ['/x.img,ioemu:hda,w', '/x.img hda raw w'],
  ['file:/x.img,ioemu:hda,w', '/x.img hda raw w'],
  ['tap:aio:/x.img,xvda,w', '/x.img xvda raw w'],
  ['tap:aio:ioemu:/x,hda,w', '/x hda raw w'],
  ['tapdisk:vhd:/x.vhd,hda,w', '/x.vhd hda vhd w'],
  ['tap:qcow2:/x.q,hda,w', '/x.q hda qcow2 w'],
  ['phy:vg/root,hda,w', 'vg/root hda raw w'],
  [',hdc:cdrom,r', ' hdc empty r cdrom'],
  ['phy:,hdc:cdrom,r', ' hdc empty r cdrom'],
  ['vdev=hdc,devtype=cdrom', ' hdc empty r cdrom'],
  ['vdev=hdc,access=ro,devtype=cdrom,target=', ' hdc empty r cdrom'],
  ['format=raw,vdev=xvda,target=/a b,c:d,', '/a b,c:d xvda raw w'],
  ['format=raw,vdev=xvda,target=/a b,c:d,,', '/a b,c:d, xvda raw w'],
  ['drbd:r0,hda,w', 'r0 hda raw w  block-drbd'],
  ['nbd:h:1,hda,w', 'h:1 hda raw w  block-nbd'],
  ['/x,raw,hda,w, discard', '/x hda raw w'],
  ['/x,raw,hda,', '/x hda raw w'],
  ['phy:/dev/x,hda', '/dev/x hda raw w'],
  ['format=qcow2,/x,hda', '/x hda qcow2 w'],
  ['/x,raw,vdev=hda,r', '/x hda raw r'],
  ['/a:b,raw,hda,w', '/a:b hda raw w'],
];

for (const [text, expected] of accepted) {
  test(`disk as xl reads it: ${text}`, (t) => {
    const disk = parseDiskSpec(text);
    if (disk.kind !== 'disk') return t.fail(disk.reason);
    const { target, vdev, format, readOnly, cdrom, script = '' } = disk;
    const words = [target, vdev, format, readOnly ? 'r' : 'w', cdrom ? 'cdrom' : '', script];
    t.is(words.join(' ').trimEnd(), expected);
    t.is(printDiskSpec(disk), text);
  });
}

const refused = [
  ...[
    '/x.img,hda,w',
    '/x,hda',
    'phy:/dev/a=b,hda,w',
    '/x , raw , hda , w',
    'phy:/dev/x,hda,w!',
    'bob:/a,hda,w',
  ],
  ...['', 'phy:/dev/x', 'vdev=hda', '/x,raw,hda,w,more', '/x,,hda,vdev=hdb', '/x,raw,hda:tape,w'],
];

for (const text of refused) {
  test(`disk as xl refuses it: "${text}"`, (t) => {
    t.is(parseDiskSpec(text).kind, 'unreadable-disk');
  });
}

/** Each right side was given to xlu_disk_parse: same target and format, the new name, no cdrom. */
const asPv: readonly (readonly [string, string, string])[] = [
  ['phy:/dev/vg/a,hda,w', 'xvda', 'phy:/dev/vg/a,xvda,w'],
  ['/x.img,ioemu:hda,w', 'xvda', '/x.img,,xvda,w'],
  ['phy:/x.img,ioemu:hda,w', 'xvda', 'phy:/x.img,xvda,w'],
  ['ioemu:/x.img,hda,w', 'xvda', '/x.img,,xvda,w'],
  ['tap:aio:/x,ioemu:hda:disk,w', 'xvda', 'tap:aio:/x,xvda,w'],
  ['format=qcow2,/x,ioemu:hda', 'xvda', 'format=qcow2,/x,xvda'],
  ['/a.iso,,hdc,cdrom', 'xvdc', '/a.iso,,xvdc,r'],
  ['/a.iso,,hdc,,cdrom', 'xvdc', '/a.iso,,xvdc,r'],
  ['file:/a.iso,hdc:cdrom,r', 'xvdc', 'file:/a.iso,xvdc,r'],
  ['file:/a.iso,hdc:cdrom', 'xvdc', 'file:/a.iso,xvdc,r'],
  ['vdev=hdc, devtype=cdrom, target=/a, b.iso', 'xvdc', 'vdev=xvdc,access=ro, target=/a, b.iso'],
];

for (const [text, name, expected] of asPv) {
  test(`disk for PV: ${text}`, (t) => {
    const disk = parseDiskSpec(text);
    if (disk.kind !== 'disk') return t.fail(disk.reason);
    const result = pvDisk(disk, name);
    t.like(result, { kind: 'disk', text: expected });
  });
}

const names: readonly (readonly [string, string | undefined])[] = [
  ['hda', 'xvda'],
  ['hda hdb hdd', 'xvda xvdb xvdd'],
  ['sda sdb sdp', 'xvda xvdb xvdp'],
  ['xvda xvdz xvdaa', 'xvda xvdz xvdaa'],
  ['hdb hda', 'xvda xvdb'],
  ['hda sda', 'xvda xvdb'],
  ['hda1', undefined],
  ['xvda1', undefined],
  ['hde', undefined],
  ['51712', undefined],
];

for (const [vdevs, expected] of names) {
  test(`names for PV: ${vdevs}`, (t) => {
    t.deepEqual(pvDeviceNames(vdevs.split(' ')), expected?.split(' '));
  });
}

const vifs: readonly (readonly [string, string])[] = [
  ['', ''],
  ['bridge=xenbr0', 'bridge=xenbr0'],
  ['type=ioemu, mac=00:16:3e:1a:2b:01, bridge=xenbr0', 'mac=00:16:3e:1a:2b:01, bridge=xenbr0'],
  ['mac=00:16:3e:1a:2b:01,model=e1000,bridge=br0,type=vif', 'mac=00:16:3e:1a:2b:01,bridge=br0'],
  [' bridge=br0, model=rtl8139, rate=10Mb/s@20ms', ' bridge=br0, rate=10Mb/s@20ms'],
  ['type=ioemu', ''],
  ['script=vif-model=x,vifname=type', 'script=vif-model=x,vifname=type'],
];

for (const [text, expected] of vifs) {
  test(`vif for PV: "${text}"`, (t) => {
    t.is(pvVif(text), expected);
    t.is(pvVif(expected), expected);
  });
}

const part = fc.constantFrom(
  ...[
    ',',
    ',',
    '/x',
    'hda',
    'xvdb',
    'hdc:cdrom',
    'r',
    'w',
    'raw',
    'vhd',
    'format=raw',
    'vdev=hda',
    'target=/y,z',
  ],
  ...[
    'access=ro',
    'cdrom',
    'devtype=cdrom',
    'phy:',
    'file:',
    'tap:',
    'ioemu:',
    'iscsi:',
    'script=s',
    ' ',
    '=',
    ':',
  ],
);

test('every specification is printed as it was, and what a PV domain gets is the same disk', (t) => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const text = parts.join('');
      const disk = parseDiskSpec(text);
      if (disk.kind !== 'disk') return true;
      const pv = pvDisk(disk, 'xvdq');
      const again = pv.kind === 'disk' ? parseDiskSpec(pv.text) : undefined;
      const isSame =
        again === undefined || (again.kind === 'disk' && again.target === disk.target && !again.cdrom);
      const prefixes = again?.kind === 'disk' ? again.parts.flatMap((one) => one.prefixes) : [];
      return printDiskSpec(disk) === text && isSame && !prefixes.includes('ioemu:');
    }),
    { numRuns: 5000 },
  );
  t.pass();
});
