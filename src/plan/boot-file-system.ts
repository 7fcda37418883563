import type { Facts, FileSystem, Mount } from '../model.js';

/** Where the guest's boot menu and kernels are. */
export interface BootPlace {
  readonly fileSystem: FileSystem;
  /** The btrfs subvolume that is mounted there, without slashes around it; undefined for a file system's own top. */
  readonly subvolume?: string;
}

/** The file system that holds /boot; undefined only for facts without a root. */
export function bootPlace({ mounts, layout }: Facts): BootPlace | undefined {
  const mount = mounts.find(({ path }) => path === '/boot') ?? mounts.find(({ path }) => path === '/');
  const fileSystem = layout.fileSystems.find(({ device }) => device === mount?.device);
  if (fileSystem === undefined) return undefined;
  const subvolume = subvolumeOf(mount);
  return subvolume === undefined ? { fileSystem } : { fileSystem, subvolume };
}

/** The btrfs subvolume that a mount names, without slashes around it; undefined when it names none. */
export function subvolumeOf(mount: Mount | undefined): string | undefined {
  const option = mount?.options?.find((text) => text.startsWith('subvol='));
  const subvolume = option?.slice('subvol='.length).replace(/^\/+|\/+$/g, '') ?? '';
  return subvolume === '' ? undefined : subvolume;
}
