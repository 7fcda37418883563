/** What a record must say so that the domain starts. `target`: as a PVH domain; as a PV one where it is missing. */
export type RecordBoot = KernelPlace & { readonly target?: 'pvh' };

/** Who finds the kernel. Paths are dom0's, absolute. */
type KernelPlace =
  | { readonly kind: 'pygrub' }
  /** GRUB built for PV, which reads the guest's disk itself. */
  | { readonly kind: 'pvgrub2'; readonly program: string }
  /** Files of dom0. */
  | {
      readonly kind: 'kernel';
      readonly kernel: string;
      readonly initramfs?: string;
      readonly commandLine: string;
    };

/** A setting and, in words for people, why it is there. */
export interface BootSetting {
  readonly name: 'bootloader' | 'kernel' | 'ramdisk' | 'cmdline';
  /** One character per byte. */
  readonly value: string;
  readonly reason: string;
}

/** The strings that an xl configuration needs for this way to boot. `bootloader_args` comes on top for pygrub. */
export function bootSettings(boot: RecordBoot): readonly BootSetting[] {
  switch (boot.kind) {
    case 'pygrub':
      return [
        {
          name: 'bootloader',
          value: 'pygrub',
          reason: "pygrub boots the kernel that is on the guest's disk",
        },
      ];
    case 'pvgrub2':
      return [
        {
          name: 'kernel',
          value: asBytes(boot.program),
          reason: "GRUB built for PV boots the kernel that is on the guest's disk",
        },
      ];
    case 'kernel':
      return kernelSettings(boot);
  }
}

function kernelSettings({ kernel, initramfs, commandLine }: RecordBoot & { kind: 'kernel' }): BootSetting[] {
  const reason = "a copy of the guest's own, which xl starts without a boot loader";
  return [
    { name: 'kernel', value: asBytes(kernel), reason },
    ...(initramfs === undefined
      ? []
      : [{ name: 'ramdisk', value: asBytes(initramfs), reason: 'it belongs to that kernel' } as const]),
    { name: 'cmdline', value: commandLine, reason: "the guest's own boot loader would say the same" },
  ];
}

const asBytes = (path: string): string => Buffer.from(path).toString('latin1');
