import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import type { ExtSource } from './debugfs-process.js';
import { dieWithUs } from './die-with-us.js';
import { describeEnd, type LimitOptions, limitReached } from './limits.js';
import { run } from './run.js';
import { sandboxed } from './sandbox.js';
import { endWholeGroup, ownGroup } from './whole-group.js';

/** Lines of e2fsck that say nothing about the file system's health. */
const noise = [
  /^e2fsck \d/,
  /^Pass \d/,
  /^\s*$/,
  // The sandbox has no list of mounts.
  /^ext2fs_check_if_mount: .* missing mtab file/,
  /^.*: \d+\/\d+ files \([\d.]+% non-contiguous\), \d+\/\d+ blocks$/,
];
/** A thoroughly damaged file system has a line per inode. */
const maximumLines = 20;

/** A large file system takes long to check, and its maps much memory. */
const limits: LimitOptions = { cpuSeconds: 2 * 3600, memoryBytes: 4 * 1024 ** 3 };

/** Checks an ext file system without changing it: one line per inconsistency, none when it is clean. */
export async function e2fsck({ image, offset, signal }: ExtSource): Promise<string[]> {
  const args = ['-fn', `${image}?offset=${offset}`];
  const confined = await sandboxed({ program: 'e2fsck', args, readOnly: [image], limits });
  try {
    const options = { ...ownGroup, all: true, encoding: 'latin1', cancelSignal: signal } as const;
    await endWholeGroup(run(options)`${dieWithUs} ${confined}`, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    const said = String(error.all ?? '')
      .split('\n')
      .filter((line) => !noise.some((pattern) => pattern.test(line)));
    // 4: errors left uncorrected; 8 may be added when it gives up over them (e2fsck(8)).
    const foundErrors = ((error.exitCode ?? 0) & 4) !== 0;
    if (foundErrors) return said.length > 0 ? said.slice(0, maximumLines) : ['e2fsck found errors'];
    if (error.code === 'ENOENT' || error.exitCode === 127) {
      throw new ToolError('e2fsck is not installed', { remedy: 'apt install e2fsprogs', cause: error });
    }
    const reached = limitReached({ ...error, said: said.join('\n') }, limits);
    throw new ToolError(`e2fsck: ${reached ?? (said.slice(0, 3).join('; ') || describeEnd(error))}`, {
      cause: error,
    });
  }
}
