import { ToolError } from '../../errors.js';
import { type Debugfs, debugfs, openDebugfs } from '../../tools/debugfs.js';
import type { ExtSource } from '../../tools/debugfs-process.js';
import { type DirectoryEntry, parseListing } from './directory-listing.js';
import { type InodeStatus, parseFastLink, parseStatus } from './inode-status.js';
import { parseSuperblock, type Superblock } from './superblock.js';

/** The inode of every ext file system's root directory. */
export const rootInode = 2;

/** One question to debugfs. */
export interface Question {
  readonly command: string;
  /** The guest's file that it is about, for messages. */
  readonly subject: string;
  /** About how long the answer is; keeps batches small. */
  readonly bytes?: number;
}

/** An ext2/3/4 file system read and changed through debugfs, inode by inode. Failures are `ToolError`s. */
export interface ExtFileSystem {
  readonly device: string;
  readonly source: ExtSource;
  readonly superblock: Superblock;
  /** Runs one command. Commands asked in the same turn are handed over together, in the order of asking. */
  ask(question: Question): Promise<string>;
  /** Names in a directory; remembered until `forget`. `subject` is its path, for messages. */
  entries(inode: number, subject: string): Promise<ReadonlyMap<string, DirectoryEntry>>;
  status(inode: number, subject: string): Promise<InodeStatus>;
  /** The content of a regular file of that many bytes. */
  text(entry: DirectoryEntry, subject: string): Promise<string>;
  target(link: DirectoryEntry, subject: string): Promise<string>;
  forget(): void;
  /** Ends what runs for it. Must be called. */
  close(): Promise<void>;
}

/** Kernels don't create longer symbolic links (PATH_MAX). */
const maximumTarget = 4096;
/** A symbolic link shorter than this lies in the inode's block map. */
const fastLinkLimit = 60;

/**
 * Reads the superblock; a `ToolError` when debugfs can't open the file system. For reading there is one debugfs until
 * `close`; for writing there is one for each batch of commands, since it writes at its end.
 */
export async function openExtFileSystem(device: string, source: ExtSource): Promise<ExtFileSystem> {
  // Opened for reading, because what it says decides whether it may be opened for writing.
  const reader = await openDebugfs({ ...source, writable: false });
  try {
    const superblock = await readSuperblock(reader, device, source);
    if (source.writable) await reader.end();
    return source.writable
      ? fileSystemOf(
          device,
          source,
          superblock,
          (commands) => debugfs(source, commands),
          async () => {},
        )
      : fileSystemOf(device, source, superblock, reader.ask, () => reader.end().catch(() => {}));
  } catch (error) {
    await reader.end().catch(() => {});
    throw error;
  }
}

async function readSuperblock(reader: Debugfs, device: string, source: ExtSource): Promise<Superblock> {
  const command = 'show_super_stats -h';
  const [answer = ''] = await reader
    .ask([command])
    .catch((error: unknown) => refuseDamaged(device, source, error));
  const superblock = parseSuperblock(answer);
  if (superblock === undefined) throw new ToolError(`debugfs: ${command}: odd superblock on ${device}`);
  return superblock;
}

function fileSystemOf(
  device: string,
  source: ExtSource,
  superblock: Superblock,
  askAll: Debugfs['ask'],
  close: () => Promise<void>,
): ExtFileSystem {
  const ask = createQueue(askAll);
  const directories = new Map<number, Promise<ReadonlyMap<string, DirectoryEntry>>>();
  return {
    device,
    source,
    superblock,
    ask,
    entries: (inode, subject) => {
      const known = directories.get(inode) ?? readEntries(ask, inode, subject);
      directories.set(inode, known);
      return known;
    },
    status: (inode, subject) => readStatus(ask, inode, subject),
    text: (entry, subject) => readText(ask, entry, subject),
    target: (link, subject) => readTarget(ask, link, subject),
    forget: () => directories.clear(),
    close,
  };
}

/** debugfs names the file that it was given; people know the guest's disk. */
function refuseDamaged(device: string, { image }: ExtSource, error: unknown): never {
  const why =
    error instanceof Error
      ? /file system: (?:debugfs: )?(.*?) while trying to open /.exec(error.message)?.[1]
      : undefined;
  if (why === undefined || !(error instanceof ToolError) || !error.message.includes(image)) throw error;
  throw new ToolError(`the file system on ${device} is damaged: ${why}`, {
    remedy: 'repair it with e2fsck, or start the guest once to see what it says',
    cause: error,
  });
}

type Ask = ExtFileSystem['ask'];

async function readEntries(ask: Ask, inode: number, subject: string) {
  const question = { command: `ls -l <${inode}>`, subject, bytes: 100_000 };
  const answer = await ask(question);
  const entries = parseListing(answer) ?? refuse(question, answer);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

async function readStatus(ask: Ask, inode: number, subject: string): Promise<InodeStatus> {
  const question = { command: `stat <${inode}>`, subject };
  const answer = await ask(question);
  return parseStatus(answer, inode) ?? refuse(question, answer);
}

async function readText(ask: Ask, { inode, bytes }: DirectoryEntry, subject: string): Promise<string> {
  const question = { command: `cat <${inode}>`, subject, bytes };
  const answer = await ask(question);
  const rest = answer.slice(bytes);
  // Of a content that lies in its inode, `cat` prints the whole room that it has there.
  const isWhole = answer.length >= bytes && /^\0*$/.test(rest);
  return isWhole ? answer.slice(0, bytes) : refuse(question, rest);
}

async function readTarget(ask: Ask, link: DirectoryEntry, subject: string): Promise<string> {
  const { inode, bytes } = link;
  if (bytes > maximumTarget)
    throw new ToolError(`the guest's ${subject} is a symbolic link of ${bytes} bytes`);
  if (bytes >= fastLinkLimit) return readText(ask, link, subject);
  const question = { command: `stat <${inode}>`, subject };
  const answer = await ask(question);
  return parseFastLink(answer, bytes) ?? refuse(question, answer);
}

/** Throws what debugfs said instead of an answer. */
export function refuse({ command, subject }: Question, answer: string): never {
  const said = answer.trim().split('\n').slice(0, 3).join('; ').slice(0, 300);
  throw new ToolError(`debugfs: ${command} (${subject}): ${said || 'odd answer'}`, {
    remedy: 'use --access appliance',
  });
}

/** Answers of one batch are kept in memory together. */
const batchBytes = 16 * 1024 * 1024;

interface Waiting {
  readonly question: Question;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects questions while others are answered, or until the end of this turn, and then asks them together. */
function createQueue(askAll: Debugfs['ask']): Ask {
  const waiting: Waiting[] = [];
  let running = false;
  const drain = async () => {
    await Promise.resolve();
    while (waiting.length > 0) await answerBatch(askAll, takeBatch(waiting));
    running = false;
  };
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (running) return;
      running = true;
      setImmediate(() => void drain());
    });
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { question } of waiting) {
    bytes += question.bytes ?? 1000;
    if (count > 0 && bytes > batchBytes) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function answerBatch(askAll: Debugfs['ask'], batch: readonly Waiting[]): Promise<void> {
  const commands = batch.map(({ question }) => question.command);
  try {
    const answers = await askAll(commands);
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] ?? '');
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
