import { nodeAt, textAt } from '../guest-files/guest-tree.js';
import type { Facts, Kernel, KernelCompression } from '../model.js';
import { bootPlace } from './boot-file-system.js';

/** What GRUB built for PV unpacks (grub-core/io and loader/i386/xen_file.c of GRUB 2.06 and 2.12). */
const unpackedByGrub: ReadonlySet<KernelCompression> = new Set(['none', 'gzip', 'xz', 'lzma', 'lzo']);

/** GRUB's modules that a menu must load by name; gzio is there by itself. */
const moduleFor: Readonly<Partial<Record<KernelCompression, string>>> = {
  xz: 'xzio',
  lzma: 'xzio',
  lzo: 'lzopio',
};

/** Features of ext4 that GRUB 2.06 takes for another file system (grub-core/fs/ext2.c). */
const unknownToGrub: ReadonlySet<string> = new Set([
  'inline_data',
  'casefold',
  'large_dir',
  'ea_inode',
  'dirdata',
  'compression',
]);

/** Why GRUB built for PV doesn't find or can't start this kernel; undefined when it does. It ends a sentence. */
export function pvgrub2Obstacle(facts: Facts, kernel: Kernel | undefined): string | undefined {
  return menuObstacle(facts) ?? (kernel === undefined ? undefined : kernelObstacle(facts, kernel));
}

/** The package's own menu looks for /boot/grub/grub.cfg and /grub/grub.cfg on every disk, and in no subvolume. */
function menuObstacle(facts: Facts): string | undefined {
  const place = bootPlace(facts);
  if (place?.subvolume !== undefined) {
    return `it looks for grub.cfg at the top of a btrfs file system, and the guest's is in the subvolume ${place.subvolume}`;
  }
  const unknown = place?.fileSystem.features?.find((name) => unknownToGrub.has(name));
  if (unknown !== undefined) return `it can't read a file system with the feature ${unknown}`;
  return nodeAt(facts.tree, '/boot/grub/grub.cfg') === undefined
    ? 'the guest has no /boot/grub/grub.cfg, the only menu that it reads'
    : undefined;
}

function kernelObstacle({ tree }: Facts, { path, image }: Kernel): string | undefined {
  const compression = image?.compression ?? 'unknown';
  if (compression === 'unknown') return undefined;
  if (!unpackedByGrub.has(compression))
    return `it can't unpack ${path}, which is compressed with ${compression}`;
  const module = moduleFor[compression];
  const menu = textAt(tree, '/boot/grub/grub.cfg') ?? '';
  if (module === undefined || new RegExp(`\\binsmod[ \\t]+${module}\\b`).test(menu)) return undefined;
  return `${path} is compressed with ${compression}, and grub.cfg doesn't load GRUB's module ${module} for it`;
}
