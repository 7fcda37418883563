import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KernelCompression } from '../model.js';

/** Debian's GRUB for PV and for PVH domains, package grub-xen-host. */
export const pvGrubOf = (target: 'pvh' | undefined): string =>
  target === 'pvh' ? '/usr/lib/grub-xen/grub-i386-xen_pvh.bin' : '/usr/lib/grub-xen/grub-x86_64-xen.bin';

/** Whether this host has that program. */
export const hasPvGrub = (target: 'pvh' | undefined): Promise<boolean> =>
  access(pvGrubOf(target)).then(
    () => true,
    () => false,
  );

/** Whether this system is a Xen dom0, as Xen's own file system says; a test may give another file. */
export async function isDom0(capabilities = '/proc/xen/capabilities'): Promise<boolean> {
  const text = await readFile(capabilities, 'utf8').catch(() => '');
  return text.split(/\s+/).includes('control_d');
}

/** Where Debian and a Xen built from source keep their libraries. */
const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib', '/usr/lib64', '/usr/local/lib'];

/**
 * Compressions of a kernel that the domain builder of this host's Xen can't unpack: libxenguest links the libraries for
 * those it can, but for gzip, which is always there, and lz4, which is its own code. None when no Xen is installed.
 */
export async function cannotUnpackHere(
  folders: readonly string[] = libraryFolders,
): Promise<KernelCompression[]> {
  const library = await findDomainBuilder(folders);
  if (library === undefined) return [];
  // What a library needs stands by name in its string table (ELF, DT_NEEDED).
  const content = await readFile(library);
  return unpackers.flatMap(({ name, compressions }) =>
    content.includes(`\0${name}.so.`) ? [] : compressions,
  );
}

const unpackers: readonly { readonly name: string; readonly compressions: readonly KernelCompression[] }[] = [
  { name: 'libzstd', compressions: ['zstd'] },
  { name: 'liblzma', compressions: ['xz', 'lzma'] },
  { name: 'libbz2', compressions: ['bzip2'] },
  { name: 'liblzo2', compressions: ['lzo'] },
];

/** Of several versions the newest, as with pygrub. Its name was libxenguest-4.11.so before Xen 4.12. */
async function findDomainBuilder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const [newest] = names
      .filter((name) => /^libxenguest(?:-\d[\d.]*\.so|\.so\.\d[\d.]*)$/.test(name))
      .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
    if (newest !== undefined) return join(folder, newest);
  }
  return undefined;
}
