import { resolvePath } from '../guest-files/guest-tree.js';
import type { GuestTree, Mount } from '../model.js';
import type { Shortage } from '../plan/package-refusals.js';
import type { PackagedFile } from '../tools/dpkg-deb.js';

/** What an installation will take of one file system. */
export interface SpaceNeed {
  readonly mount: string;
  readonly bytes: number;
  readonly files: number;
}

/** A block of the common file systems; a directory takes one. */
const blockBytes = 4096;
/** For dpkg's lists and logs, and so that the file system isn't full to the brim afterwards. */
const marginBytes = 16 * 1024 * 1024;
const marginFiles = 100;
/**
 * An initramfs with most modules against the modules' own size: 8 % for Debian 12 with zstd; gzip and firmware make it
 * larger, and while it is replaced there are two.
 */
const initramfsShare = 0.25;

/**
 * Sums up what packages take, by file system: every file of theirs, rounded up to blocks, and the initramfs that is made
 * of the modules among them. What is replaced counts too, since dpkg unpacks beside it.
 */
export function spaceNeeds(
  files: readonly PackagedFile[],
  mounts: readonly Mount[],
  tree: GuestTree,
): SpaceNeed[] {
  const deepestFirst = [...mounts].sort((one, other) => other.path.length - one.path.length);
  const mountOf = (path: string): string => {
    const real = resolvePath(tree, path) ?? path;
    const isAbove = ({ path: mount }: Mount) =>
      mount === '/' || real === mount || real.startsWith(`${mount}/`);
    return deepestFirst.find(isAbove)?.path ?? '/';
  };
  const needs = new Map<string, { bytes: number; files: number }>();
  const add = (path: string, bytes: number) => {
    const mount = mountOf(path);
    const before = needs.get(mount) ?? { bytes: marginBytes, files: marginFiles };
    needs.set(mount, { bytes: before.bytes + bytes, files: before.files + 1 });
  };
  let moduleBytes = 0;
  for (const { path, bytes } of files) {
    add(path, Math.max(1, Math.ceil(bytes / blockBytes)) * blockBytes);
    if (/^(\/usr)?\/lib\/modules\//.test(path)) moduleBytes += bytes;
  }
  if (moduleBytes > 0) add('/boot/initrd.img', Math.ceil(moduleBytes * initramfsShare));
  return [...needs].map(([mount, need]) => ({ mount, ...need }));
}

/** The file systems that hold less than is needed. */
export function shortagesIn(
  needs: readonly SpaceNeed[],
  free: ReadonlyMap<string, { readonly bytes: number; readonly files: number }>,
): Shortage[] {
  return needs.flatMap(({ mount, bytes, files }) => {
    const { bytes: freeBytes, files: freeFiles } = free.get(mount) ?? { bytes: 0, files: 0 };
    if (freeBytes >= bytes && freeFiles >= files) return [];
    return { mount, neededBytes: bytes, freeBytes, neededFiles: files, freeFiles };
  });
}
