import test from 'ava';
import type { DomainMode } from '../../../src/mode-records/mode-record.js';
import type { VmRecord } from '../../../src/mode-records/xapi-records.js';
import { xapiSettingsSchema } from '../../../src/mode-records/xapi-settings.js';
import {
  bootDiskOf,
  hostsProblem,
  modeOf,
  supportNotices,
  targetOf,
} from '../../../src/mode-records/xapi-target.js';
import type { VmDisk, XapiVm } from '../../../src/mode-records/xapi-vm.js';

const record = (more: Partial<VmRecord> = {}): VmRecord => ({
  uuid: '11111111-2222-4333-8444-555555555555',
  name_label: 'web1',
  power_state: 'Halted',
  is_a_template: false,
  is_a_snapshot: false,
  is_control_domain: false,
  blocked_operations: {},
  current_operations: {},
  HVM_boot_policy: 'BIOS order',
  PV_bootloader: '',
  PV_bootloader_args: '',
  PV_kernel: '',
  PV_ramdisk: '',
  PV_args: '',
  PV_legacy_args: '',
  VBDs: [],
  VIFs: [],
  ...more,
});

const disk = (userdevice: string, more: Partial<VmDisk> = {}): VmDisk => ({
  ref: `OpaqueRef:${userdevice}`,
  uuid: `vbd ${userdevice}`,
  VM: 'OpaqueRef:vm',
  VDI: 'OpaqueRef:vdi',
  type: 'Disk',
  userdevice,
  device: '',
  bootable: false,
  mode: 'RW',
  empty: false,
  currently_attached: false,
  ...more,
});

const vmWith = (...disks: readonly VmDisk[]): XapiVm => ({ ref: 'OpaqueRef:vm', record: record(), disks });

const modes: readonly [string | undefined, string, DomainMode][] = [
  ['hvm', 'BIOS order', 'hvm'],
  ['pv', '', 'pv'],
  ['pv_in_pvh', '', 'pv'],
  ['pvh', '', 'pvh'],
  ['unspecified', '', 'pv'],
  ['unspecified', 'BIOS order', 'hvm'],
  [undefined, '', 'pv'],
  [undefined, 'BIOS order', 'hvm'],
  ['something new', '', 'hvm'],
];

for (const [type, policy, mode] of modes) {
  test(`domain_type ${type} with the boot policy "${policy}" is ${mode}`, (t) => {
    const fields = type === undefined ? {} : { domain_type: type };
    t.is(modeOf(record({ HVM_boot_policy: policy, ...fields })), mode);
  });
}

test('whose path names no VDI is the only disk, or the only bootable one', (t) => {
  const cd = disk('3', { type: 'CD', bootable: true });
  t.like(bootDiskOf(vmWith(disk('0'), cd), '/srv/web.img'), { disk: { userdevice: '0' }, isCompared: false });
  const two = vmWith(disk('0'), disk('1', { bootable: true }), cd);
  t.like(bootDiskOf(two, '/srv/web.img'), { disk: { userdevice: '1' }, isCompared: false });
  for (const vm of [vmWith(disk('0'), disk('1')), vmWith(cd), vmWith()])
    t.like(bootDiskOf(vm, '/srv/web.img'), { problem: { code: 'record-boot-disk-unknown' } });
});

test('the boot disk alone is bootable, and nothing else is left to the kernel', (t) => {
  const settings = xapiSettingsSchema.parse({ 'pv-args': 'quiet' });
  const target = targetOf(vmWith(disk('0'), disk('1', { bootable: true })), 'vbd 0', settings);
  t.deepEqual(
    [...target.bootable],
    [
      ['vbd 0', true],
      ['vbd 1', false],
    ],
  );
  t.like(target.vm, { PV_bootloader: 'pygrub', PV_args: 'quiet', PV_legacy_args: '', HVM_boot_policy: '' });
  t.false('domain_type' in target.vm, 'the host knows none');
});

const host = (version: string, ...capabilities: readonly string[]) => ({
  name_label: `xs ${version}`,
  software_version: { product_brand: 'XCP-ng', product_version: version },
  capabilities: [...capabilities],
});

test('a pool is refused only when every host says that it has no PV', (t) => {
  const settings = xapiSettingsSchema.parse({});
  const [able, unable, silent] = [
    host('8.2.1', 'xen-3.0-x86_64'),
    host('9.0', 'hvm-3.0-x86_64'),
    host('8.0'),
  ];
  const code = (...hosts: readonly (typeof able)[]) =>
    hostsProblem(hosts, record({ domain_type: 'hvm' }), settings, 'the pool')?.code;
  t.is(code(unable, unable), 'record-no-pv');
  for (const hosts of [[able], [able, unable], [unable, silent], [silent], []])
    t.is(code(...hosts), undefined);
});

test('who supports PV guests needs no notice', (t) => {
  const settings = xapiSettingsSchema.parse({});
  const noticeOf = (...versions: readonly string[]) =>
    supportNotices(
      versions.map((version) => host(version)),
      record({ domain_type: 'hvm' }),
      settings,
    )[0]?.message;
  for (const version of ['6.5.0', '7.6.0', '8.0.0']) t.is(noticeOf(version), undefined);
  for (const version of ['8.1.0', '8.4.0', '10.0', 'new']) t.regex(noticeOf(version) ?? '', /pv_in_pvh/);
  t.regex(noticeOf('8.0.0', '8.2.1') ?? '', /XCP-ng 8\.0\.0, XCP-ng 8\.2\.1/);
});
