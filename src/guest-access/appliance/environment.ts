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
