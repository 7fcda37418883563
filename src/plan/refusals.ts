import type { FileSystem, Problem } from '../model.js';

const list = (items: readonly string[]): string => items.join(', ');

/**
 * The reasons why an image or a guest can't be converted, each with what the user can do. The codes are stable:
 * scripts look at them. Reasons of the network and of the boot loader have tables of their own beside this one.
 */
export const refusals = {
  'no-such-image': (path: string): Problem => ({
    code: 'no-such-image',
    message: `${path} does not exist`,
    remedy: 'check the path of the disk image',
  }),
  'image-not-accessible': (path: string, detail: string): Problem => ({
    code: 'image-not-accessible',
    message: `${path} can't be opened: ${detail}`,
    remedy: 'run as root, or as a user who may read and write the image',
  }),
  'not-a-disk-image': (path: string, kind: string): Problem => ({
    code: 'not-a-disk-image',
    message: `${path} is a ${kind}, not a disk image`,
    remedy: 'name a regular file or a block device that holds the whole disk',
  }),
  'format-unclear': (path: string, detail: string): Problem => ({
    code: 'format-unclear',
    message: `the format of ${path} is not clear: ${detail}`,
    remedy: 'say it with --format raw, qcow2 or vhd',
  }),
  'image-unreadable': (path: string, format: string, detail: string): Problem => ({
    code: 'image-unreadable',
    message: `${path} is not a sound ${format} image: ${detail}`,
    remedy: 'check the image with qemu-img check, or say its real format with --format',
  }),
  'image-damaged': (path: string, detail: string): Problem => ({
    code: 'image-damaged',
    message: `${path} is damaged: ${detail}`,
    remedy: 'copy the image again, or look at it with qemu-img check',
  }),
  'backing-file-unclear': (path: string, detail: string): Problem => ({
    code: 'backing-file-unclear',
    message: `${path} is a layer over another image, which can't be used as it is: ${detail}`,
    remedy:
      'record file and format with qemu-img rebase -u -b FILE -F FORMAT, or make one image of all layers with qemu-img convert',
  }),
  'image-encrypted': (path: string): Problem => ({
    code: 'image-encrypted',
    message: `${path} is encrypted`,
    remedy: 'decrypt it with qemu-img convert first',
  }),
  'image-in-use': (path: string, users: readonly string[]): Problem => ({
    code: 'image-in-use',
    message: `${path} is in use: ${list(users)}`,
    remedy:
      'shut the guest down (restore it first where its domain is a saved one), or stop the program that has the image open',
  }),
  'record-in-the-way': (path: string): Problem => ({
    code: 'record-in-the-way',
    message: `${path}, where a configuration for the guest would be written, is there already and does not start it as PV in the way that it needs`,
    remedy: `turn it with --record xl:${path}, or move it away; or give --record none`,
  }),
  'empty-disk': (): Problem => ({
    code: 'empty-disk',
    message: 'the disk holds neither a partition table nor a file system',
    remedy: 'check that this is the right image, and its --format',
  }),
  'no-operating-system': (looked: readonly string[]): Problem => ({
    code: 'no-operating-system',
    message: `no operating system was found on ${looked.length === 0 ? 'the disk' : list(looked)}`,
    remedy: 'check that this is the disk with the root file system',
  }),
  'several-systems': (roots: readonly string[]): Problem => ({
    code: 'several-systems',
    message: `the disk holds several operating systems: ${list(roots)}`,
    remedy: 'convert a disk with one system; which of several should boot can not be guessed',
  }),
  'unreadable-layout': (contents: readonly string[]): Problem => ({
    code: 'unreadable-layout',
    message: `no operating system was found, and there are contents that this tool can't read: ${list(contents)}`,
    remedy: 'move the system to ext4, XFS, btrfs or LVM without RAID inside the guest, and convert it then',
  }),
  'encrypted-root': (devices: readonly string[]): Problem => ({
    code: 'encrypted-root',
    message: `the disk is encrypted (LUKS on ${list(devices)}) and no other system was found on it`,
    remedy: 'pygrub and this tool can not read encrypted disks; convert the guest by hand from inside',
  }),
  'unsupported-distribution': (name: string): Problem => ({
    code: 'unsupported-distribution',
    message: `the guest is ${name}, not Debian or Ubuntu`,
    remedy: 'only Debian and Ubuntu guests can be converted',
  }),
  'unsupported-release': (name: string): Problem => ({
    code: 'unsupported-release',
    message: `the release is not known: ${name}`,
    remedy: 'see the list of releases in the README',
  }),
  'not-64-bit': (architecture: string): Problem => ({
    code: 'not-64-bit',
    message: `the guest's programs are ${architecture}, not amd64; Xen boots 64-bit PV guests only`,
    remedy: 'install the guest anew as amd64; a 64-bit kernel under 32-bit programs is not enough',
  }),
  'file-system-not-clean': ({ device, type }: FileSystem): Problem => ({
    code: 'file-system-not-clean',
    message: `the ${type} file system on ${device} was not unmounted cleanly; its journal still holds changes`,
    remedy: 'start the guest once more and shut it down properly, or give --replay-journal',
  }),
  'missing-file-system': (mount: string, source: string): Problem => ({
    code: 'missing-file-system',
    message: `the guest mounts ${mount} from ${source}, which is not on this disk`,
    remedy: 'convert guests whose /, /boot, /usr and /var are on one disk',
  }),
  hibernated: (device: string): Problem => ({
    code: 'hibernated',
    message: `the guest was suspended to disk, not shut down: ${device} holds its memory`,
    remedy: 'start the guest once more and shut it down properly',
  }),
  'unsupported-init': (): Problem => ({
    code: 'unsupported-init',
    message: 'the guest starts with an unknown init system; known are systemd, sysvinit and upstart',
    remedy: 'install systemd-sysv or sysvinit-core in the running guest and restart it, then convert',
  }),
  'static-dev': (missing: readonly string[], commands: readonly string[]): Problem => ({
    code: 'static-dev',
    message: `the guest has no udev, and its /dev has no ${list(missing)}, which a PV guest needs`,
    remedy: `install udev in the guest, or run there: ${commands.join('; ')}`,
  }),
  'no-kernel': (): Problem => ({
    code: 'no-kernel',
    message: 'there is no kernel in /boot (vmlinuz-VERSION)',
    remedy: 'install linux-image-amd64 (Debian) or linux-image-generic (Ubuntu) in the guest',
  }),
  'no-pv-kernel': (reasons: readonly string[]): Problem => ({
    code: 'no-pv-kernel',
    message: `no installed kernel can boot as a PV guest: ${reasons.join('; ')}`,
    remedy:
      'install linux-image-amd64 (Debian) or linux-image-generic (Ubuntu) in the guest, with MODULES=most for its initramfs',
  }),
  'hardware-device-name': (path: string, device: string): Problem => ({
    code: 'hardware-device-name',
    message: `${path} names ${device}, a name made of the emulated disk, which does not exist under PV`,
    remedy: 'write UUID=… there in the guest (blkid shows it), or /dev/xvda with the number of the partition',
  }),
  'lvm-filter': (): Problem => ({
    code: 'lvm-filter',
    message:
      "the root is on LVM, and the filter in /etc/lvm/lvm.conf, which the initramfs has a copy of, hides Xen's disks",
    remedy:
      'let the filter accept /dev/xvda too (a|^/dev/xvd|), run update-initramfs -u in the guest, shut it down and try again',
  }),
  'root-not-found': (named: string): Problem => ({
    code: 'root-not-found',
    message:
      named === ''
        ? 'the kernel command line does not say which file system is the root (root=)'
        : `the kernel command line says root=${named}, which is not the root file system on this disk`,
    remedy: 'correct it in the guest: root=UUID=… as update-grub writes it',
  }),
  'xen-driver-disabled': (place: string): Problem => ({
    code: 'xen-driver-disabled',
    message: `${place} keeps xen-blkfront or xen-netfront from loading, which a PV guest needs`,
    remedy: 'remove that from the guest (and run update-initramfs -u there), or keep the guest as HVM',
  }),
  'unexpected-file-type': (path: string, kind: string): Problem => ({
    code: 'unexpected-file-type',
    message: `${path} in the guest is ${kind}, where a regular file was expected`,
    remedy: 'look at that path in the guest',
  }),
} as const;
