/**
 * What flows through a conversion. Read this file first, then `convert.ts`, which says in which order.
 *
 *     DiskImage ─open─► Overlay ─inspect─► Facts ─plan─► Plan ─apply─► Changes ─verify─► Verification ─commit─► Commit ─flip─► ModeRecord
 *                                              └────► Refusal | AlreadyPv
 *
 * Every arrow is one file in `stages/`. Texts of guest files are byte strings: one character per byte (Latin-1), so
 * that whatever a rule doesn't touch comes back bit for bit, whatever its encoding.
 */

/** How the guest's disk is stored. Always said to QEMU, never probed from a raw image's content (CVE-2010-3851). */
export type ImageFormat = 'raw' | 'qcow2' | 'vhd';

/** What tells one state of a disk image from another: it changes when somebody else writes to the image. */
export interface ImageIdentity {
  /** Of the file system that the file is in; for a block device `block` and its own number. */
  readonly device: string;
  /** `0` for a block device. */
  readonly inode: string;
  readonly bytes: number;
  /** The inode's time of birth, in nanoseconds, where its file system keeps one. */
  readonly bornNs: string;
  readonly modifiedNs: string;
  /** The inode's change time, which nobody can set back. */
  readonly changedNs: string;
}

/** The file or block device that holds the guest's disk. */
export interface DiskImage {
  /** Absolute, without symbolic links; of a logical volume its name in /dev/mapper, which stays after a boot. */
  readonly path: string;
  readonly format: ImageFormat;
  /** Size of the disk as the guest sees it. */
  readonly virtualBytes: number;
  readonly identity: ImageIdentity;
}

/** The scratch qcow2 layer over the disk image that takes all writes. */
export interface Overlay {
  readonly path: string;
  readonly image: DiskImage;
}

// ---------------------------------------------------------------------------------------------- the guest's files

/** A regular file whose content was read. `text` holds one character per byte. */
export interface TextFile {
  readonly kind: 'file';
  readonly text: string;
  readonly mode: number;
  /** The file's other names (hard links) among what was read with it; undefined when there is none. */
  readonly links?: readonly string[];
}

export interface SymbolicLink {
  readonly kind: 'symlink';
  readonly target: string;
}

/** Something at a path in the guest. `unread` is a regular file whose content wasn't fetched, for its size. */
export type GuestNode =
  | TextFile
  | SymbolicLink
  | { readonly kind: 'directory' }
  | { readonly kind: 'unread'; readonly bytes: number }
  | { readonly kind: 'special' };

/** The guest's files that were read, by absolute normalised path; symbolic links are not followed in the keys. */
export type GuestTree = ReadonlyMap<string, GuestNode>;

// ------------------------------------------------------------------------------------------------------ the facts

/** A file system, swap area or other recognised content on the disk, or in a logical volume on it. */
export interface FileSystem {
  /** How the guest-access layer calls it, `/dev/sda1` in the appliance's terms: an identifier, not a guest name. */
  readonly device: string;
  /** Partition number on the disk; undefined when it is the whole disk or a logical volume. */
  readonly partition?: number;
  /** As blkid calls it: `ext4`, `xfs`, `swap`, `crypto_LUKS`, `LVM2_member`, … */
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
  /** GPT partition id, or the MBR form `12345678-01`. */
  readonly partitionUuid?: string;
  /** `group/volume` of a logical volume. */
  readonly logicalVolume?: string;
  /** ext2/3/4: as tune2fs lists them (`bigalloc`); XFS: `v5`, `ftype`. Undefined when they weren't read. */
  readonly features?: readonly string[];
  /** False when its journal needs a replay or its state isn't clean; undefined when that can't be told. */
  readonly clean?: boolean;
  /** btrfs: its subvolumes, as paths from its top (`@rootfs`). Undefined when they weren't read. */
  readonly subvolumes?: readonly string[];
  /** btrfs: the one of them that is mounted when none is named; undefined for the top itself. */
  readonly defaultSubvolume?: string;
}

export type PartitionTable = 'gpt' | 'mbr' | 'none';

export interface DiskLayout {
  readonly partitionTable: PartitionTable;
  readonly fileSystems: readonly FileSystem[];
}

/** One file system at its place in the guest's tree. */
export interface Mount {
  readonly device: string;
  readonly path: string;
  /** What must be said to mount it, beside the device: `subvol=@rootfs`. */
  readonly options?: readonly string[];
}

export interface Release {
  /** `debian`, `ubuntu`, or another system's id. */
  readonly id: string;
  /** `12`, `22.04`; empty when the guest doesn't say (testing, sid). */
  readonly version: string;
  readonly codename: string;
  /** As the guest calls itself. */
  readonly name: string;
}

/** How a kernel reaches a block or network device of Xen: compiled in, as a module, or not at all. */
export type DriverPresence = 'builtin' | 'module' | 'absent';

/** Compression of a kernel's payload, as its first bytes say; `none` for a plain ELF. */
export type KernelCompression =
  | 'none'
  | 'gzip'
  | 'bzip2'
  | 'lzma'
  | 'xz'
  | 'lzo'
  | 'lz4'
  | 'zstd'
  | 'unknown';

/** What the kernel image itself says: the ELF notes that Xen's domain builder reads. */
export interface KernelImageFacts {
  readonly compression: KernelCompression;
  /** Whether Xen's domain builder accepts it as a 64-bit PV kernel (libelf-dominfo.c). */
  readonly pv: boolean;
  /** Why not, in words for people; empty when `pv`. */
  readonly reason: string;
  /** Whether it has the entry point that a PVH domain starts at, too. */
  readonly pvh?: true;
}

export interface InitramfsFacts {
  readonly path: string;
  /** Names of the modules inside, without path and ending: `xen-blkfront`. */
  readonly modules: readonly string[];
  /** Of its last archive; undefined when that wasn't reached. */
  readonly compression?: KernelCompression;
  /** Configuration texts inside that repeat the guest's (`conf/conf.d/resume`, `etc/udev/rules.d/…`). */
  readonly texts: ReadonlyMap<string, string>;
  /** Set when it couldn't be read to its end; `modules` then holds what came before. */
  readonly damage?: string;
}

/** An installed kernel and whether it can boot as a PV domU. */
export interface Kernel {
  /** As in `/boot/vmlinuz-<version>`. */
  readonly version: string;
  readonly path: string;
  /** What `/boot/config-<version>` says; undefined when there is none. */
  readonly config?: KernelConfigFacts;
  /** Undefined when the image wasn't read because the configuration already rules it out. */
  readonly image?: KernelImageFacts;
  readonly initramfs?: InitramfsFacts;
}

export interface KernelConfigFacts {
  readonly pv: boolean;
  readonly reason: string;
  readonly blkfront: DriverPresence;
  readonly netfront: DriverPresence;
  readonly console: 'hvc0' | 'xvc0' | 'none';
  /** A xenlinux kernel boots on Xen only, never as HVM. */
  readonly xenOnly: boolean;
}

/** `upstart-events` is upstart before 0.6, whose jobs are in /etc/event.d; later ones are in /etc/init. */
export type InitSystem = 'systemd' | 'sysvinit' | 'upstart' | 'upstart-events' | 'unknown';

/** Everything that was read from the guest and that rules may ask for. */
export interface Facts {
  readonly layout: DiskLayout;
  readonly mounts: readonly Mount[];
  readonly release: Release;
  /** Debian's name of the userland's architecture: `amd64`, `i386`; `unknown` when nothing tells. */
  readonly architecture: string;
  readonly initSystem: InitSystem;
  /** Version of systemd as a number (252), which decides what interfaces are called; undefined without systemd. */
  readonly systemdVersion?: number;
  readonly kernels: readonly Kernel[];
  /** Version of every installed package, by its name (dpkg's `install ok installed`). */
  readonly packages: ReadonlyMap<string, string>;
  readonly tree: GuestTree;
}

// ----------------------------------------------------------------------------------------------- request and plan

/** Where a value came from, so that a plan can say it; the weakest first. */
export type Origin = 'record' | 'site' | 'configuration file' | 'environment' | 'command line';

/** A value that the guest's network is to get. */
export interface RequestValue {
  readonly name: 'address' | 'netmask' | 'gateway' | 'dns' | 'interface';
  /** As people write it: several name servers with commas. */
  readonly value: string;
  readonly origin: Origin;
  /** Which site, which record. */
  readonly where?: string;
}

export interface NetworkRequest {
  readonly policy: 'static' | 'keep-dhcp';
  /** Dotted IPv4, without prefix. */
  readonly address?: string;
  /** Prefix length, 0 to 32. */
  readonly prefix?: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  /** The guest's interface to configure, as its own files call it; undefined: the only one that uses DHCP. */
  readonly interface?: string;
}

export interface KernelRequest {
  /** `if-needed`: only when none of the guest's kernels can boot PV; `always`: also beside one that can. */
  readonly install: 'if-needed' | 'always';
  /** This package instead of the one in the release's row. */
  readonly package?: string;
  /** Install the headers package too, as the origin page says. */
  readonly headers: boolean;
}

/** Who finds the domU's kernel at its start: pygrub in dom0, GRUB 2 built for PV, or xl by files kept in dom0. */
export type BootWay = 'pygrub' | 'pvgrub2' | 'kernel';

export interface BootRequest {
  /** `auto`: pygrub where it can read the guest's /boot, pvgrub2 where only that can. */
  readonly way: 'auto' | BootWay;
  /** Compressions that this host's domain builder can't unpack (Xen before 4.15: zstd); empty when it isn't known. */
  readonly cannotUnpack: readonly KernelCompression[];
  /** The domain is to be a PVH one, which needs the same of the guest and a kernel with one more entry point. */
  readonly target?: 'pvh';
}

/** What the user wants. Complete and checked: rules don't look for defaults. */
export interface Request {
  readonly network: NetworkRequest;
  readonly kernel: KernelRequest;
  readonly boot: BootRequest;
  /** Where the network's values came from. Only people look at it: no rule does. */
  readonly values?: readonly RequestValue[];
}

/** A reason why a guest can't be converted. `code` is kebab-case and stable. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Something that the user should know and that doesn't stop the conversion. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** What should be at a path afterwards. */
export type DesiredNode =
  | { readonly kind: 'file'; readonly text: string; readonly mode?: number }
  | SymbolicLink
  | { readonly kind: 'absent' };

/** One rule's wish for one path, with the reason in words for people. */
export interface Edit {
  readonly path: string;
  readonly node: DesiredNode;
  readonly reason: string;
}

export interface RuleResult {
  readonly edits: readonly Edit[];
  /** Packages without which the guest can't boot PV. Rules that need the kernel speak once they are installed. */
  readonly packages?: PackageStep;
  /** Initramfs that get modules. The kernels that later rules see have them. */
  readonly initramfs?: readonly InitramfsStep[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  /** The problems make every further question pointless: this is no guest for this tool. */
  readonly isFinal?: boolean;
}

/** A pure function from facts and request to what should be. Applied to its own result it wants nothing more. */
export interface Rule {
  readonly name: string;
  /** Speaks about the kernel that is going to boot, so not while that one has yet to be installed. */
  readonly needsKernel?: boolean;
  readonly apply: (facts: Facts, request: Request) => RuleResult;
}

/** One file that should exist, differ or be gone afterwards. `path` has no symbolic link in it. */
export interface FileStep {
  readonly kind: 'file';
  readonly path: string;
  readonly before: GuestNode | { readonly kind: 'absent' };
  readonly after: DesiredNode;
  readonly reasons: readonly string[];
}

/** Packages to be installed in the guest, with what they depend on, in a chroot inside the appliance. */
export interface PackageStep {
  readonly kind: 'packages';
  /** Names, the kernel image's first. */
  readonly packages: readonly string[];
  /** What to install where the archive doesn't have all of them, best first. */
  readonly alternatives?: readonly (readonly string[])[];
  readonly reasons: readonly string[];
}

/** Modules that an initramfs gets by a further archive at its end; Linux unpacks one after the other. */
export interface InitramfsStep {
  readonly kind: 'initramfs';
  readonly path: string;
  /** Version of the kernel that it belongs to, whose modules these are. */
  readonly kernel: string;
  /** Without path and ending: `xen-blkfront`. */
  readonly modules: readonly string[];
  readonly reasons: readonly string[];
}

export type Step = FileStep | InitramfsStep;

/** What will boot once the plan is applied. */
export interface BootTarget {
  readonly way: BootWay;
  readonly kernel: string;
  readonly initramfs?: string;
  readonly commandLine: string;
  /** Where the domain is to be a PVH one. */
  readonly target?: 'pvh';
}

/** The ordered steps; printable, and the same object that is applied. */
export interface Plan {
  readonly version: 1;
  readonly steps: readonly Step[];
  readonly notices: readonly Notice[];
  /** What it was told about the network, and by whom. */
  readonly values: readonly RequestValue[];
  readonly boot: BootTarget;
  /** The console device that gets kernel messages and a login. */
  readonly console: 'hvc0' | 'xvc0';
}

export type Planning =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'already-pv'; readonly plan: Plan }
  /** These packages first; then the guest is inspected and planned again. `steps` are known already. */
  | {
      readonly kind: 'installation';
      readonly packages: PackageStep;
      readonly steps: readonly Step[];
      readonly notices: readonly Notice[];
      readonly values: readonly RequestValue[];
    }
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };
