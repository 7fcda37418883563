import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from 'execa';
import { ToolError } from '../errors.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';

export interface ExportOptions {
  /** The image, as QEMU's `blockdev-add` takes it. */
  readonly node: object;
  readonly writable: boolean;
  /** An existing file that the export covers. */
  readonly mountPoint: string;
  readonly signal: AbortSignal;
}

/** Opening takes 10 ms; a busy host may need longer. */
const startLimitMs = 30_000;
/** Closing writes what QEMU still holds. */
const stopLimitMs = 5 * 60_000;

/**
 * Shows an image as a raw file by QEMU's FUSE export while `fn` runs, and hands it the path of that file.
 *
 * The daemon has a mount namespace of its own, and the file is reached through `/proc/<pid>/root`: the mount vanishes
 * with the daemon, however it ends, and the daemon is killed with this process. So nothing stays behind, and other
 * programs of the host don't see a mount come and go. The namespace begins as a copy of the host's mounts; as a slave
 * it lets go of those that the host unmounts (where they are shared, as systemd makes them). When the promise resolves, everything written is in the image.
 */
export async function withFuseExport<T>(
  options: ExportOptions,
  fn: (path: string) => Promise<T>,
): Promise<T> {
  options.signal.throwIfAborted();
  const daemon = startDaemon(options);
  // It rejects never (`reject: false`), so it may be awaited late.
  const ended = daemon.then((result) => result);
  try {
    await untilReady(daemon, ended, options.signal);
    const result = await fn(`/proc/${daemon.pid}/root${options.mountPoint}`);
    daemon.kill('SIGTERM');
    const end = await Promise.race([ended, delay(stopLimitMs, undefined, { ref: false })]);
    if (end === undefined) throw new ToolError('qemu-storage-daemon did not close the image in time');
    if (end.exitCode !== 0 || String(end.stderr).trim() !== '')
      throw daemonError('could not close the image', end);
    return result;
  } finally {
    daemon.kill('SIGKILL');
    await ended;
  }
}

function startDaemon({ node, writable, mountPoint, signal }: ExportOptions) {
  const blockdev = JSON.stringify({ ...node, 'node-name': 'disk' });
  const fuse = {
    type: 'fuse',
    id: 'raw',
    'node-name': 'disk',
    mountpoint: mountPoint,
    writable,
    growable: false,
  };
  // Options are obeyed in their order, so the monitor's greeting says that the export is there.
  const options = [
    '--blockdev',
    blockdev,
    '--export',
    JSON.stringify(fuse),
    '--chardev',
    'stdio,id=qmp',
    '--monitor',
    'qmp',
  ];
  return run({
    reject: false,
    cancelSignal: signal,
  })`${dieWithUs} unshare --mount --propagation slave qemu-storage-daemon ${options}`;
}

type Daemon = ReturnType<typeof startDaemon>;
type End = Awaited<Daemon>;

async function untilReady(daemon: Daemon, ended: Promise<End>, signal: AbortSignal): Promise<void> {
  const greeted = new Promise<'ready'>((resolve) => daemon.stdout.once('data', () => resolve('ready')));
  const late = delay(startLimitMs, 'late' as const, { ref: false });
  const first = await Promise.race([greeted, ended, late]);
  signal.throwIfAborted();
  if (first === 'late') throw new ToolError('qemu-storage-daemon did not open the image in time');
  if (first !== 'ready') throw daemonError('could not open the image', first);
}

function daemonError(what: string, end: Pick<Result, 'code' | 'exitCode' | 'stderr'>): ToolError {
  const said = String(end.stderr).trim();
  if (end.code === 'ENOENT' || end.exitCode === 127) {
    return new ToolError(`${what}: qemu-storage-daemon is not installed`, {
      remedy: 'apt install qemu-system-common',
    });
  }
  return new ToolError(`${what}: ${said || `qemu-storage-daemon ended with ${end.exitCode}`}`);
}
