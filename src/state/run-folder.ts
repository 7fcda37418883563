import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Gone with the next boot of the host (hier(7)), and one for all state directories. */
const hostFolder = '/run/convert-image';

/**
 * Makes a folder for what holds until the next boot and for the whole host: locks, and what is known of its devices.
 * Only root may have one below /run; for others it is in the state directory.
 */
export async function runFolder(stateDirectory: string, name: string): Promise<string> {
  const isRoot = process.geteuid?.() === 0;
  const own = join(stateDirectory, name);
  for (const folder of isRoot ? [join(hostFolder, name), own] : [own]) {
    const isMade = await mkdir(folder, { recursive: true, mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (isMade) return folder;
  }
  return stateDirectory;
}
