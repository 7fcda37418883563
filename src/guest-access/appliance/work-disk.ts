import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFileSystem } from '../../tools/mke2fs.js';

/** Room for what programs in the chroot write to /tmp: building an initramfs takes a few hundred megabytes. */
const roomBytes = 3_000_000_000;

/**
 * Writes the disk that the appliance gets beside the guest's: the scripts and files of `folder`, and room for temporary
 * files, so that neither costs the guest space nor stays in it. The image is sparse.
 */
export async function makeWorkDisk(
  image: string,
  folder: string,
  scripts: Readonly<Record<string, string>>,
  filesBytes: number,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(join(folder, 'tmp'), { recursive: true });
  for (const [name, text] of Object.entries(scripts))
    await writeFile(join(folder, name), text, { mode: 0o755 });
  await makeFileSystem(image, filesBytes * 1.05 + roomBytes, folder, signal);
}
