import type { Context } from '../context.js';
import { CommitError, ConversionError } from '../errors.js';
import type { ImageIdentity, Problem } from '../model.js';
import { stateRefusals } from '../plan/state-refusals.js';
import { type Conversion, conversionsOf, isSameFile, readable, stateOf } from '../state/conversions.js';
import { identify } from './open.js';

/** What earlier runs have left of an image. */
export type Pending =
  | { readonly kind: 'nothing' }
  /** The last conversion that has not ended as it should. */
  | { readonly kind: 'unfinished'; readonly conversion: Conversion }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Looks whether a conversion of the disk was interrupted, or its undo. Changes nothing. */
export async function pendingOn(
  disk: string,
  identity: ImageIdentity,
  stateDirectory: string,
): Promise<Pending> {
  const { conversions, damaged } = await conversionsOf(stateDirectory, disk, identity);
  // Of a journal that can't be read only the folder's name tells whose it is.
  const ours = damaged.find(({ id }) => id.includes(`-${readable(disk)}-`));
  if (ours !== undefined)
    return { kind: 'problem', problem: stateRefusals['journal-damaged'](ours.reason, ours.folder) };
  const last = conversions.findLast((conversion) => stateOf(conversion) !== 'done');
  if (last === undefined) return { kind: 'nothing' };
  const { image } = last.begun;
  const isFile = identity.inode !== '0';
  if (isFile && image.identity.inode !== '0' && !isSameFile(image.identity, identity) && isHalfWritten(last))
    return { kind: 'problem', problem: stateRefusals['image-replaced'](image.path) };
  return { kind: 'unfinished', conversion: last };
}

/** Whether the image may be between its old and its new content. */
export function isHalfWritten(conversion: Conversion): boolean {
  const state = stateOf(conversion);
  return (state === 'committing' && conversion.begun.ranges.length > 0) || state === 'undoing';
}

/** Why an image must not even be looked at: what would be seen is neither its old nor its new content. */
export async function interruption(
  disk: string,
  identity: ImageIdentity,
  stateDirectory: string,
): Promise<Problem | undefined> {
  const pending = await pendingOn(disk, identity, stateDirectory);
  if (pending.kind !== 'unfinished') return pending.kind === 'problem' ? pending.problem : undefined;
  const { conversion } = pending;
  if (!isHalfWritten(conversion)) return undefined;
  const code = stateOf(conversion) === 'undoing' ? 'undo-interrupted' : 'conversion-interrupted';
  return stateRefusals[code](conversion.begun.image.path);
}

/**
 * Throws on what went wrong; as a `CommitError` when the image is half written: whatever fails then, and be it the
 * record, doesn't leave the image untouched.
 */
export async function throwOn(error: unknown, disk: string, { stateDirectory }: Context): Promise<never> {
  if (error instanceof CommitError || !(error instanceof Error)) throw error;
  const half = await interruption(disk, await identify(disk), stateDirectory).catch(() => undefined);
  if (half === undefined) throw error;
  const remedy = error instanceof ConversionError && error.remedy !== '' ? `${error.remedy}; then: ` : '';
  throw new CommitError(`${half.message}, and that could not be mended: ${error.message}`, {
    remedy: `${remedy}${half.remedy}`,
    cause: error,
  });
}

/** Throws a `CommitError` when an image that can't be opened now was left half written: it isn't refused untouched. */
export async function requireWhole(
  disk: string,
  problems: readonly Problem[],
  { stateDirectory }: Context,
): Promise<void> {
  const identity = await identify(disk).catch(() => undefined);
  const half = identity && (await interruption(disk, identity, stateDirectory));
  if (half === undefined) return;
  const reasons = problems.map(({ message }) => message).join('; ');
  const remedies = problems.map(({ remedy }) => remedy).join('; ');
  throw new CommitError(`${half.message}, and it can't be mended now: ${reasons}`, {
    remedy: `${remedies}; then: ${half.remedy}`,
  });
}
