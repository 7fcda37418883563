import { open, stat } from 'node:fs/promises';
import { ExecaError } from 'execa';
import { z } from 'zod';
import { ToolError } from '../errors.js';
import type { ImageFormat } from '../model.js';
import { dieWithUs } from './die-with-us.js';
import { run } from './run.js';

/*
 * Paths of images are absolute: QEMU takes no absolute path for a protocol, as it would take `a:b.img`, and opens both
 * files and block devices by them.
 */

/** QEMU's name of a format: it calls VHD `vpc`. */
export const qemuFormat = (format: ImageFormat): string => (format === 'vhd' ? 'vpc' : format);

const infoSchema = z.object({
  format: z.string(),
  'virtual-size': z.number().int().nonnegative(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
  encrypted: z.boolean().optional(),
  snapshots: z.array(z.unknown()).optional(),
});

/** What QEMU says of an image. */
export interface ImageInfo {
  readonly virtualBytes: number;
  readonly backingFile?: string;
  readonly encrypted: boolean;
}

/** Why QEMU can't open an image: another process holds QEMU's lock on it, or the file isn't what it should be. */
export type ImageInfoProblem = { readonly kind: 'in-use' | 'unreadable'; readonly detail: string };

/**
 * Opens the image's metadata with the given format, taking QEMU's image locks as `qemu-img` does, without opening a
 * backing file. A raw image is never probed.
 */
export async function imageInfo(path: string, format: ImageFormat): Promise<ImageInfo | ImageInfoProblem> {
  try {
    const { stdout } = await run`qemu-img info --output=json -f ${qemuFormat(format)} ${path}`;
    const info = infoSchema.parse(JSON.parse(stdout));
    return {
      virtualBytes: info['virtual-size'],
      ...(info['backing-filename'] === undefined ? {} : { backingFile: info['backing-filename'] }),
      encrypted: info.encrypted ?? false,
    };
  } catch (error) {
    if (!(error instanceof ExecaError) || error.code === 'ENOENT')
      throw qemuImgError('read the image header', error);
    const detail = String(error.stderr).trim();
    return { kind: /Failed to get .* lock/.test(detail) ? 'in-use' : 'unreadable', detail };
  }
}

/**
 * Whether some QEMU has locked an image against being written: it uses the image, if only for reading, as it does
 * with the backing file of a running guest. Opens the file for writing as raw data and writes nothing.
 */
export async function isLockedForWriting(path: string): Promise<boolean> {
  const { code, stderr } = await run({ reject: false })`qemu-io -f raw -c quit ${path}`;
  if (code === 'ENOENT')
    throw new ToolError('qemu-io is not installed', { remedy: 'apt install qemu-utils' });
  return /Failed to get .* lock/.test(stderr);
}

const checkSchema = z.object({
  'image-end-offset': z.number().optional(),
  corruptions: z.number().optional(),
  'check-errors': z.number(),
});

/**
 * What is wrong with a qcow2 image's metadata, in words; undefined when it is sound. Leaked clusters only waste space.
 * A file that was cut off is shorter than the metadata says; QEMU reads the missing part as zeros without a word.
 */
export async function imageDamage(path: string): Promise<string | undefined> {
  const { stdout, stderr } = await run({
    reject: false,
  })`qemu-img check --output=json -f qcow2 ${path}`;
  const parsed = checkSchema.safeParse(parseJson(stdout));
  if (!parsed.success) return stderr.trim() || 'qemu-img check gave no answer';
  const { corruptions = 0, 'image-end-offset': end = 0, 'check-errors': errors } = parsed.data;
  if (corruptions > 0) return `qemu-img check found ${corruptions} corruptions`;
  if (errors > 0) return `qemu-img check could not read its metadata (${errors} errors)`;
  const { size } = await stat(path);
  // A block device that holds a qcow2 image reports no size. A new image's last cluster of metadata isn't written to its end.
  return size > 0 && end - size >= (await clusterBytes(path))
    ? `the file has ${size} bytes, and its metadata needs ${end}`
    : undefined;
}

/** From the header (QEMU docs/interop/qcow2.txt). */
async function clusterBytes(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 20);
    return 2 ** buffer.readUInt32BE(0);
  } finally {
    await file.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Creates an empty qcow2 layer over an image, the backing format said explicitly. */
export async function createOverlay(
  path: string,
  backing: string,
  backingFormat: ImageFormat,
): Promise<void> {
  try {
    await run`qemu-img create -q -f qcow2 -F ${qemuFormat(backingFormat)} -b ${backing} ${path}`;
  } catch (error) {
    throw qemuImgError('create the overlay', error);
  }
}

const extentSchema = z.array(
  z.object({ start: z.number(), length: z.number(), depth: z.number(), present: z.boolean().optional() }),
);

/** A run of bytes of the guest's disk. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/**
 * What a qcow2 layer holds itself, in the order of the disk: what a commit will write. What is below it isn't looked
 * at, so that it costs what the layer holds.
 */
export async function layerExtents(path: string): Promise<Extent[]> {
  const file = { driver: 'file', filename: path };
  const alone = await mapOf(`json:${JSON.stringify({ driver: 'qcow2', file, backing: null })}`);
  // QEMU before 6.1 doesn't say `present`; with the layers below, the depth tells.
  const extents = alone.every(({ present }) => present !== undefined) ? alone : await mapOf(path);
  return extents
    .filter(({ depth, present = true }) => depth === 0 && present)
    .map(({ start, length }) => ({ start, length }));
}

async function mapOf(name: string): Promise<z.infer<typeof extentSchema>> {
  const format = name.startsWith('json:') ? [] : ['-f', 'qcow2'];
  try {
    const { stdout } = await run({
      maxBuffer: 512 * 1024 * 1024,
    })`qemu-img map --output=json ${format} ${name}`;
    return extentSchema.parse(JSON.parse(stdout));
  } catch (error) {
    throw qemuImgError('map the overlay', error);
  }
}

/**
 * Writes a layer's content into the image below it and leaves the layer full, so that it can be repeated. `node` is the
 * layer as QEMU's `blockdev-add` takes it. In a session of its own, which Ctrl-C on the terminal doesn't reach; it dies
 * with this process, since the next run may take the image as soon as that is gone.
 */
export async function commitLayer(node: object): Promise<void> {
  const name = `json:${JSON.stringify(node)}`;
  try {
    await run({ detached: true })`${dieWithUs} qemu-img commit -q -d ${name}`;
  } catch (error) {
    throw qemuImgError('commit the overlay', error);
  }
}

/**
 * Gives a layer another backing file, and copies into it whatever would read differently then. Needs no FUSE, and costs
 * what the whole disk measures.
 */
export async function fillFromDifference(layer: string, backing: string): Promise<void> {
  try {
    await run`${dieWithUs} qemu-img rebase -q -f qcow2 -F qcow2 -b ${backing} ${layer}`;
  } catch (error) {
    throw qemuImgError('save the original content', error);
  }
}

/** Gives a layer another backing file without looking at what either holds. */
export async function moveBacking(
  layer: string,
  { path, format }: { readonly path: string; readonly format: ImageFormat },
): Promise<void> {
  try {
    await run`qemu-img rebase -q -u -f qcow2 -F ${qemuFormat(format)} -b ${path} ${layer}`;
  } catch (error) {
    throw qemuImgError('name the backing file of the undo archive', error);
  }
}

/** Whether an image reads exactly as the overlay over it does, compared in full. */
export async function readsLike(
  overlay: string,
  image: { path: string; format: ImageFormat },
): Promise<boolean> {
  const format = qemuFormat(image.format);
  const { exitCode, stderr } = await run({
    reject: false,
  })`qemu-img compare -q -f qcow2 -F ${format} ${overlay} ${image.path}`;
  if (exitCode === 0 || exitCode === 1) return exitCode === 0;
  throw new ToolError(`could not compare the image with the overlay: ${stderr.trim()}`);
}

function qemuImgError(what: string, error: unknown): ToolError {
  if (error instanceof ExecaError && (error.code === 'ENOENT' || error.exitCode === 127)) {
    return new ToolError(`could not ${what}: qemu-img is not installed`, {
      remedy: 'apt install qemu-utils',
      cause: error,
    });
  }
  const detail =
    error instanceof ExecaError ? String(error.stderr).trim() || error.shortMessage : String(error);
  return new ToolError(`could not ${what}: ${detail}`, { cause: error });
}
