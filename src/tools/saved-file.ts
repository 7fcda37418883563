import { open, stat } from 'node:fs/promises';
import type { DomainDisk } from '../host-domains/domain.js';
import { parseDomainXml } from './domain-xml.js';
import { parseXlConfig } from './xl-domains.js';

/** What a file with a domain's memory says about the domain; volumes of libvirt's pools are left out. */
export interface SavedDomain {
  readonly name: string;
  readonly disks: readonly DomainDisk[];
}

/** A domain's description has some thousand bytes. */
const headBytes = 256 * 1024;

/** Reads who was saved in a file: by xl, or by libvirt's QEMU or Xen driver. Undefined for any other file. */
export async function readSavedFile(path: string): Promise<SavedDomain | undefined> {
  // Opening a pipe would wait for somebody to write into it.
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const file = isFile ? await open(path, 'r').catch(() => undefined) : undefined;
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return await parseSavedHead(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Each kind by what it starts with. */
const readers: readonly (readonly [string, (head: Buffer) => Promise<SavedDomain | undefined>])[] = [
  ['Xen saved domain, xl format\n \0 \r', readXl],
  // Its header: magic, version, length of the text and 14 further numbers (struct _virQEMUSaveHeader).
  ['LibvirtQemudSave', (head) => readXml(head, 92, 20)],
  // Its header: magic, version, length of the text and 10 further numbers (struct _libxlSavefileHeader).
  ['libvirt-xml\n \0 \r', (head) => readXml(head, 64, 20)],
];

/** The same of the first bytes of such a file. */
export async function parseSavedHead(head: Buffer): Promise<SavedDomain | undefined> {
  const reader = readers.find(([magic]) =>
    head.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1')),
  );
  return reader?.[1](head);
}

/**
 * Behind the magic's 32 bytes: byte order, mandatory flags, optional flags, length of the optional data; then these: a
 * length and the domain as JSON, with a NUL at its end (tools/xl/xl.h). Before Xen 4.5 it was no JSON.
 */
async function readXl(head: Buffer): Promise<SavedDomain | undefined> {
  if (head.length < 52) return undefined;
  const length = numberAt(head, 48, head.readUInt32LE(32) === 0x01020304);
  return parseXlConfig(textAt(head, 52, length));
}

/** Written in the host's byte order; xl-files of this kind are made on x86 only. */
async function readXml(
  head: Buffer,
  headerBytes: number,
  lengthAt: number,
): Promise<SavedDomain | undefined> {
  if (head.length < headerBytes) return undefined;
  const domain = parseDomainXml(textAt(head, headerBytes, numberAt(head, lengthAt, true)));
  return domain === undefined ? undefined : { name: domain.name, disks: domain.disks };
}

const numberAt = (head: Buffer, at: number, isLittleEndian: boolean): number =>
  isLittleEndian ? head.readUInt32LE(at) : head.readUInt32BE(at);

const textAt = (head: Buffer, at: number, length: number): string =>
  head.toString('utf8', at, at + length).replace(/\0.*$/s, '');
