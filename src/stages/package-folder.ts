import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import { sha256Of } from '../state/package-cache.js';
import { type AptRoot, aptPlaces } from '../tools/apt.js';
import { controlOf } from '../tools/dpkg-deb.js';

/**
 * Makes the packages of a folder an archive in a private apt root, which apt trusts because the user does. The files are
 * copied: apt's unprivileged user need not be able to read the folder.
 */
export async function serveFolder(root: AptRoot, folder: string): Promise<void> {
  const archive = join(root.directory, 'folder');
  await mkdir(archive, { mode: 0o755 });
  const stanzas: string[] = [];
  for (const [index, name] of (await packagesIn(folder)).entries()) {
    // Names of files are the user's; those in the archive are ours.
    const file = `package-${index + 1}.deb`;
    const copy = join(archive, file);
    await copyFile(join(folder, name), copy, constants.COPYFILE_FICLONE);
    const control = (await controlOf(copy, root.signal)).trimEnd();
    const { size } = await stat(copy);
    stanzas.push(`${control}\nFilename: ./${file}\nSize: ${size}\nSHA256: ${await sha256Of(copy)}\n`);
  }
  await writeFile(join(archive, 'Packages'), stanzas.join('\n'));
  const source = `Types: deb\nURIs: file:${archive}\nSuites: ./\nTrusted: yes\n`;
  await writeFile(join(root.directory, aptPlaces.sources, 'folder.sources'), source);
}

async function packagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new ToolError(`the folder ${folder} of --packages can't be read: ${error.code ?? error.message}`, {
      remedy: 'name a folder with .deb files, or host or guest-network',
      cause: error,
    });
  });
  const packages = names.filter((name) => name.endsWith('.deb')).sort();
  if (packages.length > 0) return packages;
  throw new ToolError(`the folder ${folder} of --packages holds no .deb file`, {
    remedy: 'put the kernel package there, its headers and what they depend on',
  });
}
