import type { Context } from '../context.js';
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
  } finally {
    clearInterval(heartbeat);
    context.emit({ type: 'stage-finished', stage: name, milliseconds: elapsed() });
  }
}
