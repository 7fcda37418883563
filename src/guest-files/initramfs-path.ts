import type { GuestTree } from '../model.js';
import { nodeAt } from './guest-tree.js';

/** The initramfs of this kernel, by its name: Debian and Ubuntu say initrd.img-VERSION, dracut may say initramfs-VERSION.img. */
export const initramfsOf = (tree: GuestTree, version: string): string | undefined =>
  [`/boot/initrd.img-${version}`, `/boot/initramfs-${version}.img`].find(
    (path) => nodeAt(tree, path)?.kind === 'unread',
  );
