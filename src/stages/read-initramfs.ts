import { type FileHandle, open } from 'node:fs/promises';
import { endOfCompressed } from '../guest-files/compressed-length.js';
import { magicBytes } from '../guest-files/compression.js';
import { createCpioReader } from '../guest-files/cpio.js';
import {
  createInitramfsContents,
  type InitramfsContents,
  isWorthKeeping,
  segmentAt,
} from '../guest-files/initramfs.js';
import type { InitramfsFacts, KernelCompression } from '../model.js';
import { type DecompressionEnd, decompress } from '../tools/decompress.js';
import { createFileWindow } from '../tools/file-window.js';

/** Debian's initramfs of all drivers has 142 MB, 450 MB with firmware of graphics cards. */
const mostBytes = 1024 * 1024 * 1024;

export interface ReadingOptions {
  readonly limitBytes?: number;
  /** Whose texts are kept; by default the settings that a conversion looks at. */
  readonly keeps?: (path: string) => boolean;
}

/**
 * Lists the modules and keeps the texts of interest of an initramfs file on this host; `guestPath` is what it is called
 * in the guest. Walks all its archives, whatever their compression, up to `limitBytes` of decompressed bytes. Damage is
 * a value; a decompressor that isn't installed is a `ToolError`.
 */
export async function readInitramfs(
  hostPath: string,
  guestPath: string,
  { limitBytes = mostBytes, keeps = isWorthKeeping }: ReadingOptions = {},
): Promise<InitramfsFacts> {
  const contents = createInitramfsContents(keeps);
  const file = await open(hostPath);
  try {
    const { size } = await file.stat();
    const state: Walk = { path: hostPath, file, fileBytes: size, contents, leftBytes: limitBytes };
    const damage = await walk(state);
    const { compression } = state;
    return {
      path: guestPath,
      modules: [...contents.modules].sort(),
      texts: contents.texts,
      ...(compression === undefined ? {} : { compression }),
      ...(damage === undefined ? {} : { damage }),
    };
  } finally {
    await file.close();
  }
}

interface Walk {
  readonly path: string;
  readonly file: FileHandle;
  readonly fileBytes: number;
  readonly contents: InitramfsContents;
  /** How many decompressed bytes may still come. */
  leftBytes: number;
  /** Of the last archive that was begun. */
  compression?: KernelCompression;
}

/** Where the next segment begins, or what is wrong. */
type Step = { readonly next: number } | { readonly damage: string };

const tooLarge: Step = { damage: 'it unpacks to more bytes than any initramfs has' };

/** Goes from segment to segment; returns what is wrong. */
async function walk(state: Walk): Promise<string | undefined> {
  let position = 0;
  while (position < state.fileBytes) {
    const step = await readSegment(state, position);
    if ('damage' in step) return step.damage;
    position = step.next;
  }
  if (state.fileBytes === 0) return 'it is empty';
  return state.contents.damage();
}

async function readSegment(state: Walk, position: number): Promise<Step> {
  const { buffer, bytesRead } = await state.file.read(Buffer.alloc(magicBytes), 0, magicBytes, position);
  const segment = segmentAt(position, buffer.subarray(0, bytesRead));
  switch (segment.kind) {
    case 'padding':
      return skipPadding(state, position);
    case 'cpio':
      return readArchive(state, position, 'none');
    case 'compressed':
      return readArchive(state, position, segment.compression);
    case 'unknown':
      return { damage: segment.reason };
  }
}

async function skipPadding(state: Walk, offset: number): Promise<Step> {
  const { path, leftBytes } = state;
  let zeros = 0;
  const end = await decompress({ path, offset, compression: 'none', limitBytes: leftBytes }, (chunk) => {
    let at = 0;
    while (chunk[at] === 0) at += 1;
    zeros += at;
    return at === chunk.length;
  });
  state.leftBytes -= zeros;
  return end.kind === 'limit' ? tooLarge : { next: offset + zeros };
}

/** Reads one segment. An archive that isn't compressed ends where something else than entries and zeros begins. */
async function readArchive(state: Walk, offset: number, compression: KernelCompression): Promise<Step> {
  const { path, contents, fileBytes, leftBytes } = state;
  state.compression = compression;
  const reader = createCpioReader(contents);
  let taken = 0;
  const end = await decompress({ path, offset, compression, limitBytes: leftBytes }, (chunk) => {
    const count = reader.push(chunk);
    taken += count;
    return count === chunk.length && contents.damage() === undefined;
  });
  state.leftBytes -= taken;
  if (end.kind === 'limit') return tooLarge;
  const damage = contents.damage() ?? reader.damage();
  if (damage !== undefined) return { damage };
  if (end.kind === 'enough') {
    return compression === 'none'
      ? { next: offset + taken }
      : { damage: 'junk follows the entries of an archive' };
  }
  const unfinished = reader.finish();
  if (end.kind === 'failed' && unfinished !== undefined) return { damage: `${end.detail}; ${unfinished}` };
  if (unfinished !== undefined) return { damage: unfinished };
  return positionAfter(end, { path, offset, compression, fileBytes });
}

interface Segment {
  readonly path: string;
  readonly offset: number;
  readonly compression: KernelCompression;
  readonly fileBytes: number;
}

/** A program that unpacked a whole archive and then failed has found something else behind the compressed data. */
function positionAfter(end: DecompressionEnd, { path, offset, compression, fileBytes }: Segment): Step {
  if (end.kind === 'end') return { next: end.next };
  const detail = end.kind === 'failed' ? end.detail : '';
  const window = createFileWindow(path);
  try {
    const next = endOfCompressed(compression, window.readAt, offset);
    if (next !== undefined && next > offset && next < fileBytes) return { next };
    return { damage: `what follows the compressed archive at byte ${offset} can't be read: ${detail}` };
  } finally {
    window.close();
  }
}
