import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';
import { sandboxed } from './sandbox.js';
import { endWholeGroup, ownGroup } from './whole-group.js';

/** What a package puts at a path; `bytes` is 0 for anything but a regular file. */
export interface PackagedFile {
  readonly path: string;
  readonly bytes: number;
}

const limitMs = 10 * 60_000;

/** The control stanza of a package file, as text. Throws a `ToolError` when it is no package. */
export async function controlOf(file: string, signal: AbortSignal): Promise<string> {
  return dpkgDeb(['--field', file], file, signal);
}

/** Every path that a package brings, absolute, in its order. Throws a `ToolError` when it is no package. */
export async function contentsOf(file: string, signal: AbortSignal): Promise<PackagedFile[]> {
  const listing = await dpkgDeb(['--contents', file], file, signal);
  return listing.split('\n').flatMap((line) => {
    // As tar -tv: mode, owner, size, date, time, ./path, and for a link ` -> target`.
    const [, type, bytes, path] = /^(.)\S+ \S+ +(\d+) \S+ \S+ \.(\/.*)$/.exec(line) ?? [];
    if (type === undefined || path === undefined) return [];
    const name = type === 'l' ? path.replace(/ -> .*/, '') : path.replace(/ link to .*/, '');
    return { path: name, bytes: type === '-' ? Number(bytes) : 0 };
  });
}

async function dpkgDeb(args: readonly string[], file: string, signal: AbortSignal): Promise<string> {
  // It is verified, by keys that the guest names.
  const words = await sandboxed({ program: 'dpkg-deb', args, readOnly: [file], temporary: true });
  try {
    const options = { ...ownGroup, cancelSignal: signal, timeout: limitMs, maxBuffer: 200_000_000 } as const;
    const { stdout } = await endWholeGroup(run(options)`${dieWithUs} ${words}`, signal);
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === 127) {
      throw new ToolError('dpkg-deb is not installed on this host', { remedy: 'install dpkg', cause: error });
    }
    const said =
      String(error.stderr ?? '')
        .trim()
        .split('\n')
        .at(-1) ?? '';
    throw new ToolError(`${file} is no sound Debian package: ${said}`, { cause: error });
  }
}
