/** One file of an archive. `content` is there only for a regular file that was wanted and is small enough. */
export interface CpioEntry {
  /** As in the archive, one character per byte. */
  readonly name: string;
  /** Type and permission bits as in stat(2). */
  readonly mode: number;
  readonly bytes: number;
  readonly content?: Buffer;
}

export interface CpioOptions {
  readonly onEntry: (entry: CpioEntry) => void;
  /** Whose content is kept; by default nobody's. */
  readonly wants?: (name: string) => boolean;
  /** Larger contents aren't kept. */
  readonly maximumContentBytes?: number;
}

/** Takes an archive in pieces of any size. Never throws, and holds no more than one name and one wanted content. */
export interface CpioReader {
  /**
   * Takes bytes and returns how many it took. Fewer than given means that it will take no more: because of damage, or
   * because between two entries there is something that is neither zero padding nor an entry.
   */
  push(chunk: Uint8Array): number;
  /** What is wrong with the bytes so far, in words for people. */
  damage(): string | undefined;
  /** The same at the end of the bytes, where a started entry or a missing end mark is damage too. */
  finish(): string | undefined;
}

const headerBytes = 110;
/** Linux refuses names longer than PATH_MAX (init/initramfs.c). */
const mostNameBytes = 4096;
const regularFile = 0o100000;
const typeBits = 0o170000;
const endMark = 'TRAILER!!!';
const digitZero = 0x30;

/**
 * Reads `newc` archives ("070701", and "070702" with checksums, which aren't compared), one after the other, with zero
 * padding between and after them: Linux' Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export function createCpioReader(options: CpioOptions): CpioReader {
  const state = initialState(options);
  return {
    push: (chunk) => pushChunk(state, chunk),
    damage: () => state.damage,
    finish: () => state.damage ?? unfinished(state),
  };
}

interface State {
  readonly options: Required<CpioOptions>;
  /** Header and name of the entry that is being read. */
  readonly head: Buffer;
  headFilled: number;
  /** How many bytes of `head` are wanted; 0 between two entries. */
  headBytes: number;
  entryStart: number;
  /** What is left of the entry's content, with its padding. */
  contentLeft: number;
  kept: { readonly entry: CpioEntry; readonly content: Buffer; filled: number } | undefined;
  /** All bytes that were taken so far. */
  taken: number;
  /** Set after an end mark, until another archive begins. */
  ended: boolean;
  /** Set before something else than entries and padding. */
  stopped: boolean;
  damage: string | undefined;
}

function initialState({ onEntry, wants = () => false, maximumContentBytes = 64 * 1024 }: CpioOptions): State {
  return {
    options: { onEntry, wants, maximumContentBytes },
    head: Buffer.alloc(headerBytes + mostNameBytes + 3),
    headFilled: 0,
    headBytes: 0,
    entryStart: 0,
    contentLeft: 0,
    kept: undefined,
    taken: 0,
    ended: false,
    stopped: false,
    damage: undefined,
  };
}

function pushChunk(state: State, chunk: Uint8Array): number {
  let at = 0;
  while (at < chunk.length && state.damage === undefined && !state.stopped) {
    const count = take(state, chunk, at);
    at += count;
    state.taken += count;
  }
  return at;
}

/** Takes some of the bytes from `start` on, none only when it stops or finds damage; returns how many. */
function take(state: State, chunk: Uint8Array, start: number): number {
  if (state.contentLeft > 0) return takeContent(state, chunk, start);
  if (state.headBytes > 0) return takeHead(state, chunk, start);
  const zeros = countZeros(chunk, start);
  if (zeros > 0) return zeros;
  return beginEntry(state, chunk[start]);
}

function countZeros(chunk: Uint8Array, start: number): number {
  let at = start;
  while (chunk[at] === 0) at += 1;
  return at - start;
}

/** Takes nothing itself. */
function beginEntry(state: State, firstByte: number | undefined): 0 {
  state.entryStart = state.taken;
  if (firstByte !== digitZero) state.stopped = true;
  else if (state.entryStart % 4 !== 0) {
    state.damage = `the entry at byte ${state.entryStart} isn't at a multiple of four`;
  } else state.headBytes = headerBytes;
  return 0;
}

function takeHead(state: State, chunk: Uint8Array, start: number): number {
  const count = Math.min(state.headBytes - state.headFilled, chunk.length - start);
  state.head.set(chunk.subarray(start, start + count), state.headFilled);
  state.headFilled += count;
  if (state.headFilled < state.headBytes) return count;
  if (state.headBytes === headerBytes) beginName(state);
  else beginContent(state);
  return count;
}

function beginName(state: State): void {
  const { head, entryStart } = state;
  const nameBytes = hexField(head, 94);
  if (!/^07070[12][0-9A-Fa-f]{104}$/.test(head.toString('latin1', 0, headerBytes))) {
    state.damage = `no cpio header at byte ${entryStart}, where one is due`;
  } else if (nameBytes < 1 || nameBytes > mostNameBytes) {
    state.damage = `the entry at byte ${entryStart} has a name of ${nameBytes} bytes`;
  } else {
    state.headBytes = roundUp(headerBytes + nameBytes);
  }
}

function beginContent(state: State): void {
  const { head, options } = state;
  const entry = { name: nameIn(head), mode: hexField(head, 14), bytes: hexField(head, 54) };
  state.headFilled = 0;
  state.headBytes = 0;
  state.contentLeft = roundUp(entry.bytes);
  state.ended = entry.name === endMark;
  if (state.ended) return;
  if (isKept(entry, options)) state.kept = { entry, content: Buffer.alloc(entry.bytes), filled: 0 };
  else options.onEntry(entry);
  if (state.contentLeft === 0) deliver(state);
}

function isKept({ name, mode, bytes }: CpioEntry, { wants, maximumContentBytes }: State['options']): boolean {
  return (mode & typeBits) === regularFile && bytes <= maximumContentBytes && wants(name);
}

function takeContent(state: State, chunk: Uint8Array, start: number): number {
  const { kept } = state;
  const count = Math.min(state.contentLeft, chunk.length - start);
  if (kept !== undefined) {
    const part = chunk.subarray(start, start + Math.min(count, kept.content.length - kept.filled));
    kept.content.set(part, kept.filled);
    kept.filled += part.length;
  }
  state.contentLeft -= count;
  if (state.contentLeft === 0) deliver(state);
  return count;
}

function deliver(state: State): void {
  const { kept } = state;
  state.kept = undefined;
  if (kept !== undefined) state.options.onEntry({ ...kept.entry, content: kept.content });
}

function unfinished({ contentLeft, headBytes, taken, ended }: State): string | undefined {
  if (contentLeft > 0 || headBytes > 0)
    return `the archive ends in the middle of an entry, after ${taken} bytes`;
  return ended ? undefined : `the archive ends without its end mark, after ${taken} bytes`;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Eight hexadecimal digits; NaN where they aren't, which the header's check refuses. */
const hexField = (head: Buffer, at: number): number =>
  Number.parseInt(head.toString('latin1', at, at + 8), 16);

/** The name up to its NUL. */
function nameIn(head: Buffer): string {
  const name = head.toString('latin1', headerBytes, headerBytes + hexField(head, 94));
  const end = name.indexOf('\0');
  return end < 0 ? name : name.slice(0, end);
}
