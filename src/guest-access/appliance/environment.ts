/** What libguestfs reads from the environment of guestfish. */
export function applianceEnvironment({
  scratch,
  kvm,
}: {
  readonly scratch: string;
  readonly kvm: boolean;
}): Record<string, string> {
  return {
    LIBGUESTFS_BACKEND: 'direct',
    TMPDIR: scratch,
    LIBGUESTFS_CACHEDIR: '/var/tmp',
    ...(kvm ? {} : { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' }),
  };
}

/**
 * Parameters of the appliance's kernel where its processor is emulated. QEMU finds code that it has translated by its
 * virtual address, so address space randomization makes it translate the dynamic linker and the C library again for
 * every program that starts: without it an `update-initramfs`, which starts thousands, takes half the time. Nothing is
 * lost by it: the appliance itself is what keeps a guest's programs and file systems away from this host. Memory is
 * cleared when a program gets it, so once more when the kernel takes it is wasted (kernel-parameters.txt).
 */
export const kernelParameters = (kvm: boolean): readonly string[] =>
  kvm ? [] : ['norandmaps', 'init_on_alloc=0', 'mitigations=off'];
