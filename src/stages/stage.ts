import type { Context } from '../context.js';
import { ConversionError, RecordError, ToolError } from '../errors.js';
import type { StageName } from '../events.js';

/** How often a stage that takes long says that it is still at work. */
const heartbeatMs = 10_000;

/** Runs one arrow of the flow and tells when it begins, that it goes on, and how long it took. */
export async function stage<T>(
  context: Context,
  name: StageName,
  detail: string,
  fn: () => Promise<T>,
): Promise<T> {
  context.signal.throwIfAborted();
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  context.emit({ type: 'stage-started', stage: name, detail });
  const heartbeat = setInterval(
    () => context.emit({ type: 'heartbeat', stage: name, milliseconds: elapsed() }),
    heartbeatMs,
  );
  try {
    return await fn();
  } catch (error) {
    throw asConsequence(name, error);
  } finally {
    clearInterval(heartbeat);
    context.emit({ type: 'stage-finished', stage: name, milliseconds: elapsed() });
  }
}

/**
 * What the file system or the kernel says (no space, an I/O error) is no bug of this program: it gets the class that
 * fits how far the conversion has come. Stages that write to the image say themselves what became of it.
 */
function asConsequence(name: StageName, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ConversionError) return error;
  if (!('syscall' in error)) return error;
  const message = `${name}: ${error.message}`;
  return name === 'flip' || name === 'undo'
    ? new RecordError(message, { remedy: 'mend the cause, and run the same command once more', cause: error })
    : new ToolError(message, { cause: error });
}
