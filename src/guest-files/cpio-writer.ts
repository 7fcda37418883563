/** One entry of an archive to be written: a regular file, or a directory where there is no content. */
export interface NewEntry {
  /** Without a leading slash, one character per byte. */
  readonly name: string;
  readonly content?: Buffer;
}

const endMark = 'TRAILER!!!';
const fileMode = 0o100644;
const directoryMode = 0o040755;

/**
 * An archive in cpio's `newc` format ("070701") that Linux unpacks as part of an initramfs. Everything belongs to root
 * and has no time, so that the same entries give the same bytes. Its length is a multiple of four.
 * Source: Linux' Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export function writeCpio(entries: readonly NewEntry[]): Buffer {
  const parts = [...entries, { name: endMark }].map((entry, index) => writeEntry(entry, index + 1));
  return Buffer.concat(parts);
}

/** Inode numbers only need to differ: two files with one number and several links would be one file. */
function writeEntry({ name, content }: NewEntry, inode: number): Buffer {
  const isEnd = name === endMark;
  const mode = isEnd ? 0 : content === undefined ? directoryMode : fileMode;
  const bytes = content?.length ?? 0;
  const links = content === undefined && !isEnd ? 2 : 1;
  const fields = [isEnd ? 0 : inode, mode, 0, 0, links, 0, bytes, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(header, 'latin1')), padded(content ?? Buffer.alloc(0))]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
