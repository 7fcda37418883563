import test from 'ava';
import { pathOfVdi, vdiAt } from '../../../src/mode-records/xapi-storage.js';

const sr = '0a1b2c3d-1111-4222-8333-444455556666';
const vdi = 'fedcba98-9999-4888-8777-666655554444';
const doubled = (text: string): string => text.replaceAll('-', '--');

for (const path of [
  `/run/sr-mount/${sr}/${vdi}.vhd`,
  `/var/run/sr-mount/${sr}/${vdi}.vhd`,
  `/run/sr-mount/${sr}/${vdi}.raw`,
  `/run/sr-mount/${sr}/${vdi}.qcow2`,
  `/export/xen/${sr}/${vdi}.vhd`,
  `/dev/VG_XenStorage-${sr}/VHD-${vdi}`,
  `/dev/VG_XenStorage-${sr}/LV-${vdi}`,
  `/dev/mapper/VG_XenStorage--${doubled(sr)}-VHD--${doubled(vdi)}`,
  `/dev/mapper/VG_XenStorage--${doubled(sr)}-LV--${doubled(vdi)}`,
]) {
  test(`a VDI: ${path}`, (t) => {
    t.deepEqual(vdiAt(path), { sr, vdi });
  });
}

for (const path of [
  '/srv/xen/web1.img',
  `/srv/${vdi}.raw`,
  `/run/sr-mount/${sr}/${vdi}.vhd.bak`,
  `/run/sr-mount/${sr}/old-${vdi}.vhd`,
  `/dev/VG_Other-${sr}/VHD-${vdi}`,
  `/dev/mapper/vg0-${doubled(vdi)}`,
]) {
  test(`no VDI: ${path}`, (t) => {
    t.is(vdiAt(path), undefined);
  });
}

test('where a dom0 has it, by the kind of storage', (t) => {
  t.is(pathOfVdi('nfs', { sr, vdi }), `/run/sr-mount/${sr}/${vdi}.vhd`);
  t.is(pathOfVdi('ext', { sr, vdi }, 'aio'), `/run/sr-mount/${sr}/${vdi}.raw`);
  t.is(pathOfVdi('lvmoiscsi', { sr, vdi }), `/dev/VG_XenStorage-${sr}/VHD-${vdi}`);
  t.is(pathOfVdi('lvm', { sr, vdi }, 'aio'), `/dev/VG_XenStorage-${sr}/LV-${vdi}`);
  t.is(pathOfVdi('iso', { sr, vdi }), '');
  for (const type of ['ext', 'lvm']) t.deepEqual(vdiAt(pathOfVdi(type, { sr, vdi })), { sr, vdi });
});
