import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { entrySchema, type JournalEntry } from './journal-entry.js';

/** What a journal says. `damaged`: it holds a line that this program doesn't understand; nothing is guessed from the rest. */
export type JournalReading =
  | { readonly kind: 'entries'; readonly entries: readonly JournalEntry[] }
  | { readonly kind: 'damaged'; readonly reason: string };

/**
 * Reads a journal. A last line without a line break was being written when the machine or the program died: it never
 * counted.
 */
export async function readJournal(path: string): Promise<JournalReading> {
  try {
    const entries = wholeLines(await readFile(path, 'utf8')).map((line) =>
      entrySchema.parse(JSON.parse(line)),
    );
    const [first] = entries;
    if (first?.state === 'committing') return { kind: 'entries', entries };
    return { kind: 'damaged', reason: `${path} does not begin as a journal` };
  } catch (error) {
    return { kind: 'damaged', reason: `${path} can't be read: ${describe(error)}` };
  }
}

/** Adds a line, which lasts when the promise resolves (fsync), behind the last whole one. Makes the file if need be. */
export async function appendEntry(path: string, entry: JournalEntry): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const text = await file.readFile('utf8');
    const kept = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1));
    await file.truncate(kept);
    await file.write(`${JSON.stringify(entry)}\n`, kept, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);

const describe = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
