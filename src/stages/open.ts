import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { ToolError } from '../errors.js';
import { describeImage } from '../guest-access/direct/backing-chain.js';
import type { DiskImage, ImageFormat, ImageIdentity, Problem } from '../model.js';
import { refusals } from '../plan/refusals.js';
import { writersOf } from '../tools/open-files.js';
import { endOfPartitions } from '../tools/partition-end.js';
import { imageDamage, imageInfo } from '../tools/qemu-img.js';
import { stableDevicePath } from '../tools/stable-device-path.js';
import { domainsWith } from './domains.js';

export type Opening =
  | { readonly kind: 'image'; readonly image: DiskImage }
  | { readonly kind: 'refusal'; readonly problems: readonly Problem[] };

export interface OpenOptions {
  readonly format?: ImageFormat;
  /** Whether the image is going to be written: then nobody else may have it open for writing. */
  readonly willWrite: boolean;
}

/**
 * Looks at the disk image from outside, without reading the guest: does it exist, may it be used, what format has it,
 * is it sound, does somebody else use it? Writes nothing.
 */
export async function openImage(given: string, options: OpenOptions): Promise<Opening> {
  const place = await findImage(given, options.willWrite);
  if (place.kind === 'refusal') return place;
  const { path } = place;
  const format = await formatOf(path, options.format);
  if (typeof format !== 'string') return refuse(format);
  const info = await imageInfo(path, format);
  if ('kind' in info) {
    if (info.kind === 'in-use') return refuse(refusals['image-in-use'](path, ['QEMU']));
    return refuse(refusals['image-unreadable'](path, format, info.detail));
  }
  if (info.encrypted) return refuse(refusals['image-encrypted'](path));
  const below = info.backingFile === undefined ? [] : await layersBelow({ path, format });
  if (!Array.isArray(below)) return refuse(below);
  if (info.virtualBytes === 0) return refuse(refusals['empty-disk']());
  const damage = await damageOf(path, format, info.virtualBytes);
  if (damage !== undefined) return refuse(refusals['image-damaged'](path, damage));
  const users = options.willWrite ? await usersOf({ path, format }, below) : [];
  if (users.length > 0) return refuse(refusals['image-in-use'](path, users));
  const identity = await identify(path);
  return { kind: 'image', image: { path, format, virtualBytes: info.virtualBytes, identity } };
}

/** Who would be disturbed by a write to the image, or disturbs what it is a layer over. */
async function usersOf(
  image: Pick<DiskImage, 'path' | 'format'>,
  below: readonly string[],
): Promise<string[]> {
  const found = await Promise.all([...[image.path, ...below].map(writersOf), domainsWith(image)]);
  return found.flat();
}

/**
 * The files that the image is a layer over, or why they can't be read safely. Its header was written by whoever made
 * the layer, never by the guest, so its words count; but a format that isn't said would be probed, and a guest could
 * write whatever header it likes into a raw base (CVE-2010-3851). Only the top layer is ever written.
 */
async function layersBelow(image: Pick<DiskImage, 'path' | 'format'>): Promise<string[] | Problem> {
  try {
    const files: string[] = [];
    const top = await describeImage(image, 'read-only');
    for (let node = top.backing; node; node = node.backing) files.push(node.file.filename);
    return files;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return refusals['backing-file-unclear'](image.path, error.message);
  }
}

const refuse = (problem: Problem): Opening & { kind: 'refusal' } => ({
  kind: 'refusal',
  problems: [problem],
});

/** A disk that was cut off reads well up to its end; without this look it would seem to be another, odd disk. */
async function damageOf(path: string, format: ImageFormat, bytes: number): Promise<string | undefined> {
  if (format === 'qcow2') return imageDamage(path);
  const needed = format === 'raw' ? await endOfPartitions(path) : 0;
  return needed > bytes ? `it has ${bytes} bytes, and its partition table needs ${needed}` : undefined;
}

async function findImage(
  given: string,
  willWrite: boolean,
): Promise<{ kind: 'path'; path: string } | (Opening & { kind: 'refusal' })> {
  try {
    const path = await realpath(given);
    const status = await stat(path);
    if (!status.isFile() && !status.isBlockDevice())
      return refuse(refusals['not-a-disk-image'](given, kindOf(status)));
    await access(path, constants.R_OK | (willWrite ? constants.W_OK : 0));
    return { kind: 'path', path: await stableDevicePath(path) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return refuse(refusals['no-such-image'](given));
    return refuse(
      refusals['image-not-accessible'](given, error instanceof Error ? error.message : String(error)),
    );
  }
}

function kindOf(status: { isDirectory(): boolean; isCharacterDevice(): boolean }): string {
  if (status.isDirectory()) return 'directory';
  return status.isCharacterDevice() ? 'character device' : 'pipe or socket';
}

const magics = { qcow2: Buffer.from('QFI\xfb', 'latin1'), vhd: Buffer.from('conectix') } as const;

/**
 * The format as the user says it, or else by name and content together. A guest can write a qcow2 header into a raw
 * disk (CVE-2010-3851), so content that disagrees with the name is never believed; a disk that is said to be raw and
 * starts like qcow2 must at least have a boot sector's signature.
 */
async function formatOf(path: string, said: ImageFormat | undefined): Promise<ImageFormat | Problem> {
  const expected = said ?? formatOfName(path);
  const { looks, hasBootSignature } = await lookAtHead(path);
  if (said === 'raw' && hasBootSignature) return 'raw';
  if (looks !== undefined && (expected === undefined || expected === 'raw')) {
    return refusals['format-unclear'](
      path,
      `its first bytes look like ${looks}, ${said ? '--format' : 'its name'} says otherwise`,
    );
  }
  return expected ?? 'raw';
}

function formatOfName(path: string): ImageFormat | undefined {
  if (/\.(qcow2|qcow)$/i.test(path)) return 'qcow2';
  if (/\.(vhd|vpc)$/i.test(path)) return 'vhd';
  return /\.(raw|img)$/i.test(path) ? 'raw' : undefined;
}

interface Head {
  readonly looks: 'qcow2' | 'vhd' | undefined;
  /** The two bytes at the end of the first sector that make it a boot sector or a protective MBR. */
  readonly hasBootSignature: boolean;
}

async function lookAtHead(path: string): Promise<Head> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    const isVhd = head.subarray(0, 8).equals(magics.vhd);
    const looks = head.subarray(0, 4).equals(magics.qcow2) ? 'qcow2' : isVhd ? 'vhd' : undefined;
    return { looks, hasBootSignature: head.length === 512 && head.readUInt16LE(510) === 0xaa55 };
  } finally {
    await file.close();
  }
}

/** What must be the same right before the commit, or somebody else has written to the image meanwhile. */
export async function identify(path: string): Promise<ImageIdentity> {
  const status = await stat(path, { bigint: true });
  const isDevice = status.isBlockDevice();
  return {
    device: isDevice ? `block ${status.rdev}` : String(status.dev),
    inode: isDevice ? '0' : String(status.ino),
    bytes: Number(status.size),
    bornNs: String(status.birthtimeNs),
    modifiedNs: String(status.mtimeNs),
    changedNs: String(status.ctimeNs),
  };
}
