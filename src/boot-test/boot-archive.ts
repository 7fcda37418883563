import { basename, dirname, join } from 'node:path';
import { withDir } from 'tmp-promise';
import { run } from '../tools/run.js';

/** A guest's kernel and initramfs as files of this host, in one folder. */
export interface BootFiles {
  readonly kernel: string;
  readonly initramfs?: string;
}

/**
 * Packs the files into a tar archive, which the rig's dom0 reads as a disk, and hands `fn` its path and the files' names
 * in it. Without files there is none. The archive is gone when the promise settles.
 */
export async function withArchive<T>(
  files: BootFiles | undefined,
  temporaryDirectory: string,
  fn: (archive: string | undefined, names: BootFiles | undefined) => Promise<T>,
): Promise<T> {
  if (files === undefined) return fn(undefined, undefined);
  const { kernel, initramfs } = files;
  const names = {
    kernel: basename(kernel),
    ...(initramfs === undefined ? {} : { initramfs: basename(initramfs) }),
  };
  return withDir(
    async ({ path }) => {
      const archive = join(path, 'boot.tar');
      await run`tar --create --file=${archive} --directory=${dirname(kernel)} ${Object.values(names)}`;
      return fn(archive, names);
    },
    { unsafeCleanup: true, prefix: 'convert-image', tmpdir: temporaryDirectory },
  );
}
