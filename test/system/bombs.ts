/** Small files that unpack to ten gigabytes: parts that a decompressor joins are repeated. */
import { writeFile } from 'node:fs/promises';
import zlib from 'node:zlib';
import { program } from './ext-images.js';

const tenGigabytes = 10 * 1024 ** 3;
const pieceBytes = 64 * 1024 * 1024;

/** One gzip member: deflated zeros that end at a byte, again and again, behind what stands at the beginning. */
export function gzipBomb(head: Buffer, bytes = tenGigabytes): Buffer {
  const zeros = Buffer.alloc(1024 * 1024);
  const options = { finishFlush: zlib.constants.Z_FULL_FLUSH };
  const [first, piece] = [head, zeros].map((content) => zlib.deflateRawSync(content, options));
  const header = Buffer.from('1f8b0800000000000003', 'hex');
  const pieces = Array.from({ length: bytes / zeros.length }, () => piece ?? zeros);
  return Buffer.concat([
    header,
    first ?? head,
    ...pieces,
    zlib.deflateRawSync(Buffer.alloc(0)),
    Buffer.alloc(8),
  ]);
}

/** Frames of zstd, streams of xz, or legacy frames of lz4, one after the other: each program takes them as one. */
export async function bomb(
  command: readonly string[],
  head: Buffer,
  folder: string,
  bytes = tenGigabytes,
): Promise<Buffer> {
  const pack = async (content: Buffer): Promise<Buffer> => {
    await writeFile(`${folder}/piece`, content);
    const { stdout } = await program({ encoding: 'buffer' })`${[...command]} ${`${folder}/piece`}`;
    return Buffer.from(stdout);
  };
  const [first, piece] = [await pack(head), await pack(Buffer.alloc(pieceBytes))];
  return Buffer.concat([first, ...Array.from({ length: bytes / pieceBytes }, () => piece)]);
}
