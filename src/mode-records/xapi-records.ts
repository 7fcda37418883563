import { z } from 'zod';

const words = z.record(z.string(), z.string());
const refs = z.array(z.string());

/** A VM's record, as far as it is used (xen-api's datamodel_vm.ml). Hosts before XenServer 7.5 have no `domain_type`. */
export const vmSchema = z.object({
  uuid: z.string(),
  name_label: z.string(),
  power_state: z.string(),
  is_a_template: z.boolean(),
  is_a_snapshot: z.boolean().default(false),
  is_control_domain: z.boolean(),
  blocked_operations: words.default({}),
  current_operations: words,
  domain_type: z.string().optional(),
  HVM_boot_policy: z.string(),
  PV_bootloader: z.string(),
  PV_bootloader_args: z.string(),
  PV_kernel: z.string(),
  PV_ramdisk: z.string(),
  PV_args: z.string(),
  PV_legacy_args: z.string(),
  VBDs: refs,
  VIFs: refs,
});

export type VmRecord = z.infer<typeof vmSchema>;

export const vbdSchema = z.object({
  uuid: z.string(),
  VM: z.string(),
  VDI: z.string(),
  type: z.string(),
  userdevice: z.string(),
  device: z.string(),
  bootable: z.boolean(),
  mode: z.string(),
  empty: z.boolean(),
  currently_attached: z.boolean(),
});

export type VbdRecord = z.infer<typeof vbdSchema>;

export const vdiSchema = z.object({
  uuid: z.string(),
  SR: z.string(),
  VBDs: refs,
  sm_config: words.default({}),
});

export const srSchema = z.object({ uuid: z.string(), type: z.string() });

export const vifSchema = z.object({
  MAC: z.string(),
  network: z.string(),
  /** Since XenServer 6.1. */
  ipv4_allowed: z.array(z.string()).default([]),
});

export const networkSchema = z.object({ bridge: z.string() });

export const hostSchema = z.object({
  name_label: z.string(),
  software_version: words.default({}),
  /** What Xen says it can run: `xen-3.0-x86_64` is PV, `hvm-3.0-x86_64` HVM and PVH (Xen's arch_get_xen_caps). */
  capabilities: z.array(z.string()).default([]),
});

export type HostRecord = z.infer<typeof hostSchema>;
