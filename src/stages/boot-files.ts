import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BootFiles } from '../boot-test/boot-archive.js';
import { RecordError } from '../errors.js';
import type { GuestAccess } from '../guest-access/guest-access.js';
import type { RecordBoot } from '../mode-records/record-boot.js';
import type { BootTarget, DiskImage, Notice } from '../model.js';
import { syncPath } from '../state/sync.js';
import { hasPvGrub, pvGrubOf } from '../tools/host-xen.js';

/**
 * Where dom0 keeps the kernel of a guest that starts without a boot loader: beside the image; for a block device in the
 * state directory, since /dev is gone with the next boot.
 */
const bootFolder = ({ path }: DiskImage, stateDirectory: string): string =>
  path.startsWith('/dev/') ? join(stateDirectory, 'boot', basename(path)) : `${path}.pv-boot`;

/** What the record must say for this guest to boot. Names without a version, so that the record can stay for a new one. */
export function recordBootOf(boot: BootTarget, image: DiskImage, stateDirectory: string): RecordBoot {
  return bootWithFilesIn(bootFolder(image, stateDirectory), boot);
}

function bootWithFilesIn(folder: string, { way, initramfs, commandLine, target }: BootTarget): RecordBoot {
  const mode = target === undefined ? {} : { target };
  if (way === 'pygrub') return { kind: 'pygrub', ...mode };
  if (way === 'pvgrub2') return { kind: 'pvgrub2', program: pvGrubOf(target), ...mode };
  return { kind: 'kernel', ...filesIn(folder, initramfs !== undefined), commandLine, ...mode };
}

const filesIn = (folder: string, hasInitramfs: boolean): BootFiles => ({
  kernel: join(folder, 'vmlinuz'),
  ...(hasInitramfs ? { initramfs: join(folder, 'initrd.img') } : {}),
});

/** What the user should know about a guest that doesn't start by pygrub. */
export async function bootNotices(
  { way, target }: BootTarget,
  image: DiskImage,
  stateDirectory: string,
): Promise<Notice[]> {
  if (way === 'kernel') {
    const message = `the guest starts with copies of its kernel and initramfs in ${bootFolder(image, stateDirectory)}: upgrades in the guest do not reach them; run convert-image again after one`;
    return [{ code: 'kernel-outside', message }];
  }
  if (way === 'pygrub' || (await hasPvGrub(target))) return [];
  const message = `the guest starts by ${pvGrubOf(target)}, which is not on this host: the dom0 needs the package grub-xen-host`;
  return [{ code: 'pvgrub2-not-installed', message }];
}

/** Where the run keeps the files until the commit. */
const draftFolder = (scratch: string): string => join(scratch, 'boot-files');

/** The files as the run keeps them until the commit; undefined where dom0 needs none. */
const draftFiles = ({ way, initramfs }: BootTarget, scratch: string): BootFiles | undefined =>
  way === 'kernel' ? filesIn(draftFolder(scratch), initramfs !== undefined) : undefined;

/** How the guest boots before the commit: what the record will say, with the files as the run keeps them. */
export const draftBoot = (boot: BootTarget, scratch: string): RecordBoot =>
  bootWithFilesIn(draftFolder(scratch), boot);

/** Copies kernel and initramfs out of the guest into the run's folder, where dom0 is to keep them. */
export async function takeBootFiles(access: GuestAccess, boot: BootTarget, scratch: string): Promise<void> {
  const files = draftFiles(boot, scratch);
  if (files === undefined) return;
  await mkdir(draftFolder(scratch), { recursive: true });
  await access.download(boot.kernel, files.kernel);
  if (boot.initramfs !== undefined && files.initramfs !== undefined) {
    await access.download(boot.initramfs, files.initramfs);
  }
}

/** Takes them along into the folder that outlives the run. */
export async function moveBootFiles(scratch: string, folder: string): Promise<void> {
  const drafts = draftFolder(scratch);
  if (existsSync(drafts)) await rename(drafts, draftFolder(folder));
}

/** Puts them where the record names them, each as a whole and safely on the disk. Throws a `RecordError`. */
export async function placeBootFiles(
  boot: BootTarget,
  image: DiskImage,
  scratch: string,
  stateDirectory: string,
): Promise<void> {
  const files = draftFiles(boot, scratch);
  if (files === undefined) return;
  const folder = bootFolder(image, stateDirectory);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const file of [files.kernel, ...(files.initramfs === undefined ? [] : [files.initramfs])]) {
      await placeFile(file, join(folder, basename(file)));
    }
    await syncPath(folder);
    await syncPath(dirname(folder));
  } catch (error) {
    throw new RecordError(`the guest's kernel can't be kept in ${folder}: ${String(error)}`, {
      remedy:
        'make room there, and run convert-image once more: the disk is converted, only the record is missing',
      cause: error,
    });
  }
}

/** Removes what `placeBootFiles` put there, for a guest that goes back to HVM. */
export async function removeBootFiles(
  boot: BootTarget,
  image: DiskImage,
  stateDirectory: string,
): Promise<void> {
  if (boot.way !== 'kernel') return;
  const folder = bootFolder(image, stateDirectory);
  const { kernel, initramfs } = filesIn(folder, true);
  for (const file of [kernel, ...(initramfs === undefined ? [] : [initramfs])])
    for (const name of [file, draftOf(file)]) await rm(name, { force: true });
  await rmdir(folder).catch(() => undefined);
}

const draftOf = (path: string): string => `${path}.new`;

async function placeFile(from: string, to: string): Promise<void> {
  const draft = draftOf(to);
  await copyFile(from, draft);
  await chmod(draft, 0o600);
  const file = await open(draft, 'r+');
  await file.sync().finally(() => file.close());
  await rename(draft, to);
}
