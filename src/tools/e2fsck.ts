import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import type { ExtSource } from './debugfs.js';
import { run } from './run.js';

/** Lines of e2fsck that say nothing about the file system's health. */
const noise = [
  /^e2fsck \d/,
  /^Pass \d/,
  /^\s*$/,
  /^.*: \d+\/\d+ files \([\d.]+% non-contiguous\), \d+\/\d+ blocks$/,
];
/** A thoroughly damaged file system has a line per inode. */
const maximumLines = 20;

/** Checks an ext file system without changing it: one line per inconsistency, none when it is clean. */
export async function e2fsck({ image, offset, signal }: ExtSource): Promise<string[]> {
  try {
    await run({
      all: true,
      encoding: 'latin1',
      cancelSignal: signal,
    })`setpriv --pdeathsig KILL e2fsck -fn ${`${image}?offset=${offset}`}`;
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
    throw new ToolError(`e2fsck: ${said.slice(0, 3).join('; ') || error.shortMessage}`, { cause: error });
  }
}
