import path from 'node:path';
import { libvirtDomain } from './libvirt-domain.js';
import { libvirtFile } from './libvirt-file.js';
import type { ModeRecord } from './mode-record.js';

/**
 * The record that stands behind `libvirt:`. A path, which has a slash or ends in `.xml`, is a file with a definition;
 * anything else is a domain's name or UUID, with its connection before a `#` or found by virsh itself:
 * `xen:///system#web1`. Opens nothing.
 */
export function libvirtRecord(where: string, imagePath: string): ModeRecord {
  const [, uri, name] = /^([a-z][a-z0-9+.-]*:\/[^#]*)#(.+)$/s.exec(where) ?? [];
  if (uri !== undefined && name !== undefined) return libvirtDomain({ uri, name }, imagePath);
  const isFile = where.includes('/') || where.endsWith('.xml');
  return isFile ? libvirtFile(path.resolve(where), imagePath) : libvirtDomain({ name: where }, imagePath);
}
