import type { KernelCompression } from '../model.js';
import { compressionAt } from './compression.js';

/** Where the compressed or plain ELF lies in a kernel file, in bytes from its start. */
export type KernelPayload =
  | {
      readonly kind: 'payload';
      readonly compression: KernelCompression;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'no-payload'; readonly reason: string };

/** So much of a kernel file's beginning is wanted: 256 setup sectors, and room for the payload's offset after them. */
export const kernelHeadBytes = 256 * 1024;

/**
 * Finds the ELF in a kernel file from its first bytes (`head`) and its size, as Xen's domain builder does: a bzImage of
 * boot protocol 2.08 or newer, an ELF, or a gzipped ELF (xenlinux). Fields are those of Linux' boot.rst. The payload of
 * a bzImage ends with four bytes that aren't compressed data: its uncompressed size. A reason is in words for people.
 */
export function locateKernelPayload(head: Buffer, fileBytes: number): KernelPayload {
  if (head.length >= headerEnd && head.toString('latin1', 0x202, 0x206) === 'HdrS')
    return bzImagePayload(head, fileBytes);
  const compression = compressionAt(head);
  if (compression === 'none' || compression === 'gzip') {
    return { kind: 'payload', compression, offset: 0, length: fileBytes };
  }
  return no('it is neither a bzImage nor an ELF file, plain or gzipped');
}

/** The fields up to payload_length. */
const headerEnd = 0x250;
const oldestProtocol = 0x0208;

function bzImagePayload(head: Buffer, fileBytes: number): KernelPayload {
  const protocol = head.readUInt16LE(0x206);
  if (protocol < oldestProtocol) {
    return no(`its boot protocol ${versionText(protocol)} is older than 2.08, the oldest that Xen unpacks`);
  }
  // Zero means four, for the sake of very old boot loaders.
  const setupSectors = head.readUInt8(0x1f1) || 4;
  const offset = (setupSectors + 1) * 512 + head.readUInt32LE(0x248);
  const length = head.readUInt32LE(0x24c);
  if (length === 0) return no('its header names no payload');
  if (offset + length > fileBytes) return no('it is truncated: its header names a payload beyond its end');
  const compression = compressionAt(head, offset);
  if (compression === 'unknown' || compression === 'none') return no('its payload has no known compression');
  return { kind: 'payload', compression, offset, length };
}

const versionText = (protocol: number): string =>
  `${protocol >> 8}.${(protocol & 0xff).toString().padStart(2, '0')}`;

const no = (reason: string): KernelPayload => ({ kind: 'no-payload', reason });
