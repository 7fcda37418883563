import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';

/** Writes a new, sparse disk image without partitions: an ext4 file system with the content of a folder. */
export async function makeFileSystem(
  image: string,
  bytes: number,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const kilobytes = Math.ceil(bytes / 1024);
  const features = '^has_journal,^metadata_csum,^resize_inode';
  try {
    await run({ cancelSignal: signal })`${dieWithUs}
      mke2fs -q -F -t ext4 -O ${features} -m 0 -N 60000 -E lazy_itable_init=1 -d ${folder} ${image} ${kilobytes}`;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === 127) {
      throw new ToolError('mke2fs is not installed', { remedy: 'apt install e2fsprogs', cause: error });
    }
    throw new ToolError(`mke2fs: ${String(error.stderr ?? error.shortMessage).trim()}`, { cause: error });
  }
}
