import type { DiskLayout, FileStep, GuestTree, Mount } from '../model.js';

/**
 * What to read in one go. Paths are absolute, in the guest; what doesn't exist is left out of the answer. The answer's
 * keys are real paths: a wanted path's parent directories are resolved inside the guest, its last part isn't.
 */
export interface SnapshotRequest {
  /** Files, and directories with everything below them: their texts are read. */
  readonly trees: readonly string[];
  /** Directories (or links to them) whose entries are wanted without content: regular files come back as `unread`. */
  readonly listings: readonly string[];
}

/**
 * One way to reach a guest's files. Both ways give the same answers for the same guest (tests compare them).
 *
 * No code of the guest runs and dom0's kernel mounts nothing. Symbolic links are never followed outside the guest.
 * Every failure is a `ToolError` that names the command and the guest's file.
 */
export interface GuestAccess {
  readonly kind: 'appliance' | 'direct';

  /** The partitions and what is on them. */
  layout(): Promise<DiskLayout>;

  /** From now on paths are looked up in these file systems; replaces earlier mounts. Read-only mounts replay no journal. */
  mount(mounts: readonly Mount[], mode: 'read-only' | 'read-write'): Promise<void>;

  /** Reads texts and names. Regular files that are no texts for their size (`isText`) come back as `unread`, never cut. */
  snapshot(request: SnapshotRequest): Promise<GuestTree>;

  /**
   * Copies a regular file of the guest to a path on the host. Symbolic links are followed inside the guest. A file of
   * more than `limitBytes`, or else `maximumDownloadBytes`, is refused.
   */
  download(guestPath: string, hostPath: string, limitBytes?: number): Promise<void>;

  /**
   * Makes every path what its step says. A changed file keeps owner, mode, extended attributes and hard links; a
   * new file belongs to root, mode 0644 unless the step says otherwise. Parent directories are created, 0755 root.
   */
  write(steps: readonly FileStep[]): Promise<void>;

  /** Adds bytes at the end of a regular file, which keeps its inode. Symbolic links are followed inside the guest. */
  append(guestPath: string, content: Buffer): Promise<void>;

  /** Unmounts everything, flushes, and checks the file systems without changing them: one line per inconsistency. */
  check(devices: readonly string[]): Promise<string[]>;
}

/**
 * Larger regular files aren't texts: pygrub reads no more of a grub.cfg. A text of very many short lines takes some
 * hundred times its size in memory while it is read.
 */
export const maximumTextBytes = 1024 * 1024;
/** Of what a person or a package writes into /etc, by far; boot menus and databases are elsewhere. */
const maximumSettingsBytes = 256 * 1024;

/** Whether a regular file's content is read, by its path in the guest and its size. */
export const isText = (path: string, bytes: number): boolean =>
  bytes <= (path.startsWith('/etc/') ? maximumSettingsBytes : maximumTextBytes);

/**
 * Configuration never comes near these; a hostile guest could otherwise fill this host's memory, which has all texts
 * twice while the result is read back.
 */
export const maximumNodes = 200_000;
export const maximumTotalBytes = 64 * 1024 * 1024;

/** Kernels and initramfs are far smaller; a hostile guest's sparse file could otherwise fill this host's disk. */
export const maximumDownloadBytes = 2 * 1024 * 1024 * 1024;
