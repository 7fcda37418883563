import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { UnreadableRecord } from './find-xl-record.js';
import { stateOf } from './libvirt-state.js';
import { childOf, maxXmlBytes, parseDomain } from './libvirt-xml.js';
import { diskOfImage, imageKey } from './same-image.js';

/** Which of libvirt's Xen domains have an image as a disk. */
export interface FoundLibvirtDomains {
  readonly names: readonly string[];
  /** Definitions that mention the image's name and can't be read. */
  readonly unreadable: readonly UnreadableRecord[];
}

/**
 * Looks for the domains whose disk is this image among the definitions that libvirt's driver for Xen keeps in files,
 * whether its daemon runs or not. Only reads them: they are the daemon's to write. Volumes of a storage pool and
 * network disks name no path and are not found.
 */
export async function findLibvirtDomains(
  imagePath: string,
  folder = '/etc/libvirt/libxl',
): Promise<FoundLibvirtDomains> {
  const image = await imageKey(imagePath);
  const names: string[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const file of image === undefined ? [] : await definitionsIn(folder)) {
    const text = await readFile(file, 'latin1').catch(() => '');
    const parsed = parseDomain(text);
    if (parsed.kind === 'unreadable') {
      const mentioned = Buffer.from(path.basename(imagePath)).toString('latin1');
      if (text.includes(mentioned)) unreadable.push({ path: file, reason: parsed.reason });
      continue;
    }
    const { disks } = stateOf(parsed.document, 'hvm');
    if (image === undefined || (await diskOfImage(disks, image)) === undefined) continue;
    names.push(Buffer.from(childOf(parsed.document.domain, 'name')?.text ?? '', 'latin1').toString());
  }
  return { names, unreadable };
}

async function definitionsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.xml'));
  const files: string[] = [];
  for (const file of names.sort().map((name) => path.join(folder, name))) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() && found.size <= maxXmlBytes) files.push(file);
  }
  return files;
}
