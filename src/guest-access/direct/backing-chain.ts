import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ToolError } from '../../errors.js';
import type { ImageFormat } from '../../model.js';

/** An image as QEMU's `blockdev-add` describes it, with every layer, file and format said. */
export interface BlockNode {
  readonly driver: string;
  readonly 'read-only': boolean;
  readonly file: {
    readonly driver: 'file' | 'host_device';
    readonly filename: string;
    readonly 'read-only': boolean;
    readonly discard?: 'unmap';
    readonly locking?: 'off';
  };
  readonly backing?: BlockNode | null;
  readonly 'detect-zeroes'?: 'on' | 'unmap';
  readonly discard?: 'unmap';
}

const driverOf: Readonly<Record<ImageFormat, string>> = { raw: 'raw', qcow2: 'qcow2', vhd: 'vpc' };
const formatOf: Readonly<Record<string, ImageFormat>> = { raw: 'raw', qcow2: 'qcow2', vpc: 'vhd' };
const maximumLayers = 16;

/**
 * Describes an image and the layers below it, so that QEMU probes no format and opens no file by itself: a guest can
 * write a qcow2 header into a raw image (CVE-2010-3851), and a header can name any file of the host. Only the top
 * layer is writable. Throws a `ToolError` for a backing file without a format, or one that is neither a local file nor a
 * block device.
 */
export async function describeImage(
  image: { readonly path: string; readonly format: ImageFormat },
  access: 'read-only' | 'read-write',
  layers = maximumLayers,
): Promise<BlockNode> {
  if (layers === 0) throw new ToolError(`${image.path}: more than ${maximumLayers} layers of backing files`);
  const readOnly = access === 'read-only';
  const status = await reading(image.path, stat(image.path));
  const isDevice = status.isBlockDevice();
  // A pipe would never answer, and /dev/zero never end.
  if (!isDevice && !status.isFile())
    throw new ToolError(`${image.path} is neither a file nor a block device`);
  const node: BlockNode = {
    driver: driverOf[image.format],
    'read-only': readOnly,
    file: { driver: isDevice ? 'host_device' : 'file', filename: image.path, 'read-only': readOnly },
  };
  if (image.format !== 'qcow2') return node;
  const below = await backingOf(image.path);
  return {
    ...node,
    backing: below === undefined ? null : await describeImage(below, 'read-only', layers - 1),
  };
}

/** QEMU writes the extensions and the backing file's name close to the start of the first cluster. */
const headerBytes = 64 * 1024;

async function backingOf(path: string): Promise<{ path: string; format: ImageFormat } | undefined> {
  const named = readBacking(await reading(path, readHeader(path)));
  if (named.kind === 'refused') throw new ToolError(`${path}: ${named.reason}`);
  if (named.kind === 'none') return undefined;
  return { path: resolve(dirname(path), named.file), format: named.format };
}

async function readHeader(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    const { bytesRead } = await file.read(header, 0, headerBytes, 0);
    return header.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const reading = <T>(path: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new ToolError(`could not read ${path}: ${String(error)}`, { cause: error });
  });

/**
 * The files that a qcow2 file is a layer over, from the top down, as far as the headers tell, whatever their format. To find
 * out who uses a file, not to read it: a name may be wrong, or missing, where `describeImage` would refuse.
 */
export async function filesBelow(path: string): Promise<string[]> {
  const files: string[] = [];
  for (let at = path; files.length < maximumLayers; at = files.at(-1) ?? at) {
    const isReadable = await stat(at).then(
      (found) => found.isFile() || found.isBlockDevice(),
      () => false,
    );
    const name = isReadable ? nameIn(await readHeader(at).catch(() => Buffer.alloc(0))) : undefined;
    if (name === undefined) break;
    files.push(resolve(dirname(at), name.replace(/^file:/, '')));
  }
  return files;
}

export type Backing =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: string; readonly format: ImageFormat }
  | { readonly kind: 'refused'; readonly reason: string };

const isQcow2 = (header: Buffer): boolean => header.length >= 112 && header.readUInt32BE(0) === 0x514649fb;

/** The backing file as the header names it; undefined when there is none, or its name is not in this part. */
function nameIn(header: Buffer): string | undefined {
  if (!isQcow2(header)) return undefined;
  const offset = Number(header.readBigUInt64BE(8));
  const length = header.readUInt32BE(16);
  const isHere = offset > 0 && length > 0 && offset + length <= header.length;
  return isHere ? header.toString('utf8', offset, offset + length) : undefined;
}

/** Reads the backing file and its format from the start of a qcow2 file (QEMU docs/interop/qcow2.txt). */
export function readBacking(header: Buffer): Backing {
  const refused = (reason: string): Backing => ({ kind: 'refused', reason });
  if (!isQcow2(header)) return refused('it is not a qcow2 image');
  const version = header.readUInt32BE(4);
  if (version >= 3 && (header.readUInt32BE(76) & 4) !== 0) return refused('its data is in another file');
  const offset = Number(header.readBigUInt64BE(8));
  const length = header.readUInt32BE(16);
  if (offset === 0 || length === 0) return { kind: 'none' };
  const name = nameIn(header);
  if (name === undefined) return refused('its backing file is named in an odd place');
  const file = name.replace(/^file:/, '');
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(file)) return refused(`its backing file is not a local file: ${name}`);
  const format = formatOf[extension(header, version >= 3 ? header.readUInt32BE(100) : 72) ?? ''];
  if (format === undefined) return refused(`it does not say the format of its backing file ${name}`);
  return { kind: 'file', file, format };
}

const backingFormatExtension = 0xe2792aca;

/** The text of the header extension that holds the backing file's format. */
function extension(header: Buffer, start: number): string | undefined {
  for (let at = start; at + 8 <= header.length; ) {
    const type = header.readUInt32BE(at);
    const length = header.readUInt32BE(at + 4);
    if (type === 0) return undefined;
    if (type === backingFormatExtension) return header.toString('latin1', at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
