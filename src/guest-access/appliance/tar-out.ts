import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '../../errors.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** Configuration never comes near this; a hostile guest's sparse file could otherwise fill this host's disk. */
const mostBytes = 256 * 1024 * 1024;
const lookEveryMs = 100;

/**
 * Writes a directory of the guest as a tar archive to a file of this host. A `ToolError` as soon as there is too much of
 * it: the archive has sparse files in full, and guestfish can't be told a limit. The appliance is of no more use then.
 */
export async function tarOut(guestfish: Guestfish, directory: string, file: string): Promise<void> {
  const stop = new AbortController();
  const copying = guestfish.call('tar-out', directory, file).finally(() => stop.abort());
  await Promise.race([copying, watchSize(file, directory, stop.signal)]);
  await copying;
}

/** Settles when stopped, or when the file is too large. */
async function watchSize(file: string, directory: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const status = await stat(file).catch(() => undefined);
    if (status !== undefined && status.size > mostBytes) {
      throw new ToolError(`the guest has too much to read below ${directory}`, {
        remedy: 'look for very large files there; configuration needs no such files',
      });
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
