import { findProgram } from '../tools/find-program.js';
import { type Finding, good, limited, missing } from './finding.js';

interface NeededProgram {
  readonly program: string;
  /** Debian's name. */
  readonly package: string;
  /** What doesn't work without it; undefined where nothing does. */
  readonly without?: string;
}

const appliance = 'guests that need the appliance (XFS, btrfs, LVM, a kernel to install) are refused';

/** Programs that other topics say more about (bwrap, xl, pygrub) aren't here. */
const programs: readonly NeededProgram[] = [
  { program: 'qemu-img', package: 'qemu-utils' },
  { program: 'qemu-storage-daemon', package: 'qemu-utils' },
  { program: 'debugfs', package: 'e2fsprogs' },
  { program: 'e2fsck', package: 'e2fsprogs' },
  { program: 'sfdisk', package: 'fdisk' },
  { program: 'blkid', package: 'util-linux' },
  { program: 'setpriv', package: 'util-linux' },
  { program: 'prlimit', package: 'util-linux' },
  { program: 'fusermount3', package: 'fuse3', without: 'guests are reached through the slow appliance only' },
  { program: 'guestfish', package: 'libguestfs-tools', without: appliance },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', without: appliance },
  { program: 'xz', package: 'xz-utils', without: 'kernels that are packed with xz or lzma are not read' },
  {
    program: 'zstd',
    package: 'zstd',
    without: 'kernels and initramfs that are packed with zstd are not read',
  },
  { program: 'lz4', package: 'lz4', without: 'kernels and initramfs that are packed with lz4 are not read' },
  {
    program: 'apt-get',
    package: 'apt',
    without: 'a kernel can only be installed from a folder (--packages DIR)',
  },
  { program: 'dpkg-deb', package: 'dpkg', without: 'no kernel can be installed in a guest' },
];

const topic = 'programs';

/** Whether the outside programs are installed. Looks only. */
export async function examinePrograms(): Promise<Finding[]> {
  const found = await Promise.all(programs.map(({ program }) => findProgram(program)));
  const absent = programs.filter((_, index) => found[index] === undefined);
  if (absent.length === 0) return [good(topic, `all ${programs.length} are installed`)];
  return absent.map(({ program, package: name, without }) =>
    without === undefined
      ? missing(topic, `${program} is not installed`, `apt install ${name}`)
      : limited(topic, `${program} is not installed: ${without}`, `apt install ${name}`),
  );
}
