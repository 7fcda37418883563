import type { Notice, Problem } from '../model.js';
import type { DomainMode, RecordChange } from './mode-record.js';
import { type BootFieldName, type BootFields, bootFieldNames, bootFieldsOf } from './xapi-fields.js';
import { xapiProblems } from './xapi-problems.js';
import type { HostRecord, VmRecord } from './xapi-records.js';
import type { XapiSettings } from './xapi-settings.js';
import { vdiAt } from './xapi-storage.js';
import type { VmDisk, XapiVm } from './xapi-vm.js';

/** How a VM is called for people. */
export const vmName = ({ name_label, uuid }: VmRecord): string =>
  `the VM ${JSON.stringify(name_label)} (${uuid})`;

/** A PV kernel in a container of PVH is a PV guest to the guest itself. */
export function modeOf(record: VmRecord): DomainMode {
  switch (bootFieldsOf(record, []).vm.domain_type) {
    case 'pv':
    case 'pv_in_pvh':
      return 'pv';
    case 'pvh':
      return 'pvh';
    case undefined:
      return record.HVM_boot_policy === '' ? 'pv' : 'hvm';
    default:
      return 'hvm';
  }
}

export type BootDisk =
  /** `isCompared`: the image's path says that it is this one. */
  | { readonly kind: 'disk'; readonly disk: VmDisk; readonly isCompared: boolean }
  | { readonly kind: 'problem'; readonly problem: Problem };

const problem = (one: Problem) => ({ kind: 'problem', problem: one }) as const;

/** Which of the VM's disks the image is. Where its path doesn't tell: its only disk, or the only bootable one. */
export function bootDiskOf({ record, disks: all }: XapiVm, imagePath: string): BootDisk {
  const disks = all.filter(({ type }) => type === 'Disk');
  const named = vdiAt(imagePath);
  if (named !== undefined) {
    const disk = disks.find(({ content }) => content?.vdi === named.vdi && content.sr === named.sr);
    if (disk !== undefined) return { kind: 'disk', disk, isCompared: true };
    const known = disks.map(({ content }) => content?.path || content?.vdi || 'empty');
    return problem(xapiProblems['record-of-another-disk'](vmName(record), imagePath, known));
  }
  const candidates = disks.length === 1 ? disks : disks.filter(({ bootable }) => bootable);
  const [disk] = candidates;
  return disk === undefined || candidates.length > 1
    ? problem(xapiProblems['record-boot-disk-unknown'](vmName(record), disks.length))
    : { kind: 'disk', disk, isCompared: false };
}

/**
 * What a VM must say to start as PV from that disk, by pygrub. xenopsd gives pygrub the first bootable disk only, always
 * calls it with `-q`, so that it waits for nobody, and ignores kernel and ramdisk then; they go so that no bootloader that
 * is taken away later brings them back. HVM_boot_params means nothing to a PV and stays, for the way back.
 */
export function targetOf({ record, disks }: XapiVm, bootVbd: string, settings: XapiSettings): BootFields {
  const { domain_type: type } = bootFieldsOf(record, []).vm;
  return {
    vm: {
      PV_bootloader: 'pygrub',
      PV_bootloader_args: '',
      PV_kernel: '',
      PV_ramdisk: '',
      PV_args: settings['pv-args'],
      PV_legacy_args: '',
      HVM_boot_policy: '',
      ...(type === undefined ? {} : { domain_type: settings['domain-type'] }),
    },
    bootable: new Map(disks.map(({ uuid }) => [uuid, uuid === bootVbd])),
  };
}

const reasons: Readonly<Record<BootFieldName, string>> = {
  PV_bootloader: "pygrub boots the kernel that is on the guest's disk",
  PV_bootloader_args: 'pygrub gets no arguments',
  PV_kernel: "the kernel comes from the guest's disk",
  PV_ramdisk: "the initramfs comes from the guest's disk",
  PV_args: "the guest's boot loader says what its kernel gets; this would come behind it",
  PV_legacy_args: "the guest's boot loader says what its kernel gets; this would come behind it",
  HVM_boot_policy: 'empty means PV to hosts without domain types; the others keep it in step',
  domain_type: 'the VM starts as PV',
};

/** Why each of these fields changes, in words for people. */
export const changesOf = ({ vm, bootable }: BootFields): RecordChange[] => [
  ...[...bootable].map(([uuid, value]) => ({
    key: `VBD ${uuid} bootable`,
    reason: value ? 'pygrub looks for the kernel here' : 'pygrub would look here too',
  })),
  ...bootFieldNames.filter((field) => vm[field] !== undefined).map((key) => ({ key, reason: reasons[key] })),
];

/** A host without a word of its own about PV isn't counted: what it can do isn't known. */
export function hostsProblem(
  hosts: readonly HostRecord[],
  { domain_type: type }: VmRecord,
  settings: XapiSettings,
  pool: string,
): Problem | undefined {
  if (settings['domain-type'] !== 'pv')
    return type === undefined ? xapiProblems['record-no-domain-type'](pool) : undefined;
  const speaking = hosts.filter(({ capabilities }) => capabilities.length > 0);
  const canPv = speaking.some(({ capabilities }) => capabilities.includes('xen-3.0-x86_64'));
  if (canPv || speaking.length < hosts.length || hosts.length === 0) return undefined;
  const names = hosts.map(({ name_label }) => name_label);
  return xapiProblems['record-no-pv'](pool, names, type !== undefined);
}

/** What the user should know, given the versions of the pool's hosts. PV guests lost their support in 8.1 of both products. */
export function supportNotices(
  hosts: readonly HostRecord[],
  { domain_type: type }: VmRecord,
  settings: XapiSettings,
): Notice[] {
  const versions = hosts.map(({ software_version: { product_brand, product_version } }) => ({
    name: `${product_brand ?? 'an unknown product'} ${product_version ?? ''}`.trim(),
    number: Number.parseFloat(product_version ?? ''),
  }));
  const isOld = versions.length > 0 && versions.every(({ number }) => number < 8.1);
  if (settings['domain-type'] !== 'pv' || isOld) return [];
  const names = [...new Set(versions.map(({ name }) => name))].join(', ') || 'an unknown product';
  const way =
    type === undefined
      ? ''
      : '; if it refuses, xapi.domain-type: pv_in_pvh in the configuration file runs the same guest in a container of PVH';
  return [
    {
      code: 'record-pv-unsupported',
      message: `XCP-ng has not supported PV guests since 8.1 (2020), and newer versions of XenServer refuse them; this pool runs ${names}, and its Xen still names PV among what it starts, as far as can be known${way}`,
    },
  ];
}
