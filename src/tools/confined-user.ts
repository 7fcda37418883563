import { constants, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Absolute paths of files and folders, which have the same names in the sandbox. */
export interface ConfinedFiles {
  readonly readOnly?: readonly string[];
  readonly readWrite?: readonly string[];
  /** An empty /tmp, in memory. Not for a program that could do without: it may be filled up. */
  readonly temporary?: boolean;
}

/** The user and group of confined programs: an id from the range that nothing gives out (systemd's UIDS-GIDS.md). */
export const confinedId = 2_000_000_000;

/**
 * As whom a confined program runs. `own`: as its own user. `ours`: as whoever runs this program, without capabilities.
 * `root`: so too, but for the right to open what belongs to others, of what the sandbox has.
 */
export type ConfinedUser = 'own' | 'ours' | 'root';

/** The least powerful user who may open these files. Those of root that others can't read are not for `own`. */
export async function userFor({ readOnly = [], readWrite = [] }: ConfinedFiles): Promise<ConfinedUser> {
  if (process.geteuid?.() !== 0) return 'ours';
  const look = (path: string) => stat(path).catch(() => undefined);
  const readable = await Promise.all(readOnly.map(look));
  const writable = await Promise.all(readWrite.map(look));
  if (writable.every(isOwn) && readable.every((node) => isOwn(node) || isForAll(node))) return 'own';
  return [...readable, ...writable].every((node) => node?.uid === 0) ? 'ours' : 'root';
}

const isOwn = (node: Stats | undefined): boolean => node?.uid === confinedId;

const isForAll = (node: Stats | undefined): boolean => ((node?.mode ?? 0) & constants.S_IROTH) !== 0;
