import { once } from 'node:events';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import zlib from 'node:zlib';
import { execa } from 'execa';
import { ToolError } from '../errors.js';
import type { KernelCompression } from '../model.js';
import { limitReached } from './limits.js';
import { sandboxed } from './sandbox.js';

/** Compressed data in a file of this host. */
export interface CompressedData {
  readonly path: string;
  /** Where it begins, in bytes. */
  readonly offset: number;
  readonly compression: KernelCompression;
  /** How many decompressed bytes are taken at most: the end of a decompression bomb. */
  readonly limitBytes: number;
}

/**
 * How reading ended. `end`: all was decompressed; `next` is the position in the file behind the compressed data.
 * `enough`: the consumer wanted no more. `failed`: the data is damaged, or something else follows it.
 */
export type DecompressionEnd =
  | { readonly kind: 'end'; readonly next: number }
  | { readonly kind: 'enough' }
  | { readonly kind: 'limit' }
  | { readonly kind: 'failed'; readonly detail: string };

/** Takes the next decompressed bytes, which it may keep; says whether it wants more. */
export type Consumer = (chunk: Buffer) => boolean;

/**
 * Hands the decompressed bytes to `consume`, piece by piece, and stops as soon as it wants no more. Bad data is a
 * value; a decompressor that isn't installed is a `ToolError`. Works for every compression but `unknown`.
 */
export async function decompress(data: CompressedData, consume: Consumer): Promise<DecompressionEnd> {
  const limited = limitConsumer(data.limitBytes, consume);
  const end = await decompressUnlimited(data, limited.consume);
  return end.kind === 'enough' && limited.isExceeded() ? { kind: 'limit' } : end;
}

function limitConsumer(limitBytes: number, consume: Consumer) {
  let bytes = 0;
  return {
    consume: (chunk: Buffer) => {
      bytes += chunk.length;
      return bytes <= limitBytes && consume(chunk);
    },
    isExceeded: () => bytes > limitBytes,
  };
}

function decompressUnlimited(data: CompressedData, consume: Consumer): Promise<DecompressionEnd> {
  if (data.compression === 'none') return readPlain(data, consume);
  if (data.compression === 'gzip') return inflate(data, consume);
  const program = programs[data.compression];
  if (program === undefined) return Promise.resolve({ kind: 'failed', detail: 'the compression is unknown' });
  return decompressWith(program, data, consume);
}

interface Program {
  readonly command: readonly string[];
  /** Debian's package. */
  readonly package: string;
}

/** xz would take up to 4 GiB of memory for a dictionary of that size; Linux itself takes 128 MiB at most, like zstd. */
const xz = ['xz', '--decompress', '--stdout', '--memlimit-decompress=256MiB'];

const programs: Partial<Record<KernelCompression, Program>> = {
  xz: { command: [...xz, '--format=xz'], package: 'xz-utils' },
  lzma: { command: [...xz, '--format=lzma'], package: 'xz-utils' },
  zstd: { command: ['zstd', '-dcq'], package: 'zstd' },
  lz4: { command: ['lz4', '-dcq'], package: 'lz4' },
  bzip2: { command: ['bzip2', '-dc'], package: 'bzip2' },
  lzo: { command: ['lzop', '-dc'], package: 'lzop' },
};

const options = { env: { LC_ALL: 'C.UTF-8' }, buffer: { stdout: false }, reject: false } as const;

/**
 * The program reads the file itself, as its standard input, so that no compressed byte passes through this process. It
 * complains about what follows the compressed data, bzip2 with exit code 0, when it has written everything.
 */
async function decompressWith(
  program: Program,
  { path, offset }: CompressedData,
  consume: Consumer,
): Promise<DecompressionEnd> {
  const [name = '', ...given] = program.command;
  const [file = '', ...args] = await sandboxed({ program: name, args: given });
  const input = openAt(path, offset);
  // Not through `run`, whose standard input is fixed. execa takes any descriptor, but its types stop at 9.
  const stdin = input as 9;
  const child = execa(file, args, { ...options, stdin });
  closeSync(input);
  let wantsMore = true;
  child.stdout.on('data', (chunk: Buffer) => {
    if (!wantsMore) return;
    wantsMore = consume(chunk);
    if (wantsMore) return;
    child.kill('SIGKILL');
    child.stdout.destroy();
  });
  const result = await child;
  if (!wantsMore) return { kind: 'enough' };
  if (result.code !== undefined) throw notStarted(program, result.code, result);
  if (result.exitCode === 0 && result.stderr === '') return { kind: 'end', next: Number.POSITIVE_INFINITY };
  return {
    kind: 'failed',
    detail:
      limitReached({ ...result, said: result.stderr }) ??
      firstLine(result.stderr) ??
      `${name} ended with exit code ${result.exitCode}`,
  };
}

/** Opens a file with its read position at `offset`. Node has no lseek, so it reads up to there. */
function openAt(path: string, offset: number): number {
  const input = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(Math.min(offset, 1024 * 1024));
  let left = offset;
  while (left > 0) {
    const count = readSync(input, buffer, 0, Math.min(left, buffer.length), null);
    if (count === 0) break;
    left -= count;
  }
  return input;
}

function notStarted(program: Program, code: string, cause: unknown): ToolError {
  const why = code === 'ENOENT' ? 'is not installed' : `could not be started (${code})`;
  return new ToolError(`could not decompress: ${program.command[0]} ${why}`, {
    remedy: `apt install ${program.package}`,
    cause,
  });
}

const firstLine = (text: string): string | undefined => text.trim().split('\n')[0] || undefined;

const pieceBytes = 256 * 1024;

async function readPlain({ path, offset }: CompressedData, consume: Consumer): Promise<DecompressionEnd> {
  let next = offset;
  for await (const chunk of createReadStream(path, { start: offset, highWaterMark: pieceBytes })) {
    if (!consume(chunk)) return { kind: 'enough' };
    next += chunk.length;
  }
  return { kind: 'end', next };
}

/** The fixed part of a gzip header, and its trailer: RFC 1952. */
const gzipHeaderBytes = 10;
const gzipTrailerBytes = 8;

/**
 * One gzip member. Node's gunzip fails on what follows a member and then drops its last bytes; raw inflating stops at
 * its end, and tells where that was. It is twice as fast as gzip(1). The checksum isn't compared.
 */
async function inflate({ path, offset }: CompressedData, consume: Consumer): Promise<DecompressionEnd> {
  const start = offset + (await gzipHeaderLength(path, offset));
  const input = createReadStream(path, { start, highWaterMark: pieceBytes });
  const inflater = zlib.createInflateRaw({ chunkSize: pieceBytes });
  input.on('error', (error) => inflater.destroy(error)).pipe(inflater);
  let wantsMore = true;
  inflater.on('data', (chunk: Buffer) => {
    if (wantsMore) wantsMore = consume(chunk);
    if (!wantsMore) inflater.destroy();
  });
  try {
    await once(inflater, 'close');
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    input.destroy();
  }
  return wantsMore
    ? { kind: 'end', next: start + inflater.bytesWritten + gzipTrailerBytes }
    : { kind: 'enough' };
}

async function gzipHeaderLength(path: string, offset: number): Promise<number> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, offset);
    return headerLength(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Flags: 4 an extra field with its length, 8 a file name, 16 a comment, 2 a checksum of the header. */
function headerLength(head: Buffer): number {
  const flags = head[3] ?? 0;
  let at = gzipHeaderBytes;
  if (flags & 4) at += 2 + (head[at] ?? 0) + 256 * (head[at + 1] ?? 0);
  for (const flag of [8, 16]) {
    if (flags & flag) at = head.indexOf(0, at) + 1 || head.length;
  }
  return at + (flags & 2 ? 2 : 0);
}
