import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import { VerificationError } from '../errors.js';
import { fuseObstacle, withRawView } from '../guest-access/direct/raw-view.js';
import type { GuestDisk } from '../guest-access/with-guest.js';
import type { BootTarget } from '../model.js';
import { findPygrub, runPygrub } from '../tools/pygrub.js';

/**
 * Lets the real pygrub, where this host has one, take kernel and initramfs from the result, and throws a
 * `VerificationError` when it takes nothing or something else than planned. Returns whether it was asked: a guest that
 * starts another way is none of its business.
 */
export async function verifyPygrub(
  disk: GuestDisk,
  boot: BootTarget,
  scratch: string,
  context: Context,
): Promise<boolean> {
  if (boot.way !== 'pygrub') return false;
  const pygrub = await findPygrub();
  const obstacle = pygrub === undefined ? 'pygrub is not installed on this host' : await viewObstacle(disk);
  if (pygrub === undefined || obstacle !== undefined) {
    const message = `the real pygrub was not asked: ${obstacle}; what it will boot was computed only`;
    context.emit({ type: 'notice', notice: { code: 'pygrub-not-asked', message } });
    return false;
  }
  const folder = join(scratch, 'pygrub');
  try {
    const options = { signal: context.signal, scratch, forParsers: true };
    const answer = await withRawView(disk, 'read-only', options, (raw) => runPygrub(pygrub, raw, folder));
    if (answer.kind === 'fails')
      throw new VerificationError(`pygrub can't boot the result: ${answer.detail}`);
    if (!sameWords(answer.commandLine, boot.commandLine)) {
      throw new VerificationError(
        `pygrub boots with "${answer.commandLine}", the plan says "${boot.commandLine}"`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return true;
}

/** pygrub reads raw disks; a layer needs QEMU's view of it, and that needs FUSE. */
const viewObstacle = async ({ format }: GuestDisk): Promise<string | undefined> =>
  format === 'raw' ? undefined : fuseObstacle();

const words = (text: string): string => text.trim().split(/\s+/).join(' ');

const sameWords = (one: string, other: string): boolean => words(one) === words(other);
