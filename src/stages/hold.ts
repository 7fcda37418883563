import type { Context } from '../context.js';
import { RecordError } from '../errors.js';
import type { Problem } from '../model.js';
import type { PreparedRecord } from './flip.js';

/**
 * Does the work while nobody can start the virtual machine, where its record has a way to see to that; `refuse` answers
 * for one that can't be kept off, and nothing is done then. However the work ends, the virtual machine is released.
 */
export async function whileHeld<T>(
  prepared: PreparedRecord,
  refuse: (problem: Problem) => T,
  { emit }: Context,
  work: () => Promise<T>,
): Promise<T> {
  const held = prepared.kind === 'record' ? await prepared.record.hold?.(prepared.plan) : undefined;
  if (held === undefined) return work();
  if (held.kind === 'problem') return refuse(held.problem);
  try {
    return await work();
  } finally {
    await held.release().catch((error: unknown) => {
      const cause = error instanceof Error ? error.message : String(error);
      const message = `the virtual machine may still be blocked from starting: ${cause}`;
      emit({ type: 'notice', notice: { code: 'record-still-held', message } });
    });
  }
}

/** For `whileHeld`, where the disk is converted already. Throws a `RecordError`. */
export function stopAt({ message, remedy }: Problem): never {
  throw new RecordError(message, { remedy });
}
