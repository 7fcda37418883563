import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceAssignments } from '../guest-files/key-value.js';
import { readSavedFile } from '../tools/saved-file.js';
import type { HostDomain } from './domain.js';

/** Where xendomains says where it saves, on Debian and on Red Hat's and SUSE's systems. */
const settings = ['/etc/default/xendomains', '/etc/sysconfig/xendomains'];

/** Xen's own place for saved domains, and those of libvirt's drivers for what `virsh managedsave` saves. */
const usualFolders = ['/var/lib/xen/save', '/var/lib/libvirt/qemu/save', '/var/lib/libvirt/libxl/save'];

/** More files than that in one folder are no saved domains. */
const maximumFiles = 1_000;

/**
 * The domains whose memory is in a file where this host's services keep them, whether Xen or libvirt runs now or not.
 * Restored on a disk that was changed under it, a domain would destroy its file systems. What somebody has saved
 * elsewhere can't be found.
 */
export async function savedDomains(folders?: readonly string[]): Promise<HostDomain[]> {
  const found: HostDomain[] = [];
  for (const folder of folders ?? new Set([...usualFolders, ...(await configuredFolders())])) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.slice(0, maximumFiles)) {
      const path = join(folder, name);
      const saved = await readSavedFile(path);
      if (saved !== undefined) found.push({ ...saved, state: 'saved', knownBy: path });
    }
  }
  return found;
}

async function configuredFolders(): Promise<string[]> {
  const texts = await Promise.all(settings.map((path) => readFile(path, 'latin1').catch(() => '')));
  const folder = sourceAssignments(texts)('XENDOMAINS_SAVE') ?? '';
  return folder.startsWith('/') ? [folder] : [];
}
