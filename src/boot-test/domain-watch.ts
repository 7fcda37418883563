import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '../errors.js';
import { domainState, openConsole } from '../tools/xl.js';
import type { BootEnd, BootWatch } from './boot-watch.js';
import { endReason } from './protocol.js';

const judgeMs = 500;
/** xl is asked at every fourth judgement: it costs milliseconds, and a second where dom0 itself is emulated. */
const looksApart = 4;
/** The last words of a domain that ended may still be on their way. */
const lastWordsMs = 1_000;

/**
 * Feeds the watch with the domain's console and its end until there is a verdict. `now` is the clock of the watch, in
 * seconds. Throws a `ToolError` when the console can't be read, and the signal's reason when it comes.
 */
export async function watchDomain(
  name: string,
  watch: BootWatch,
  now: () => number,
  signal: AbortSignal,
): Promise<{ readonly end: BootEnd; readonly second: number }> {
  const console = openConsole(name);
  let said: string | undefined;
  const closed = console.then(({ stderr }) => {
    said = stderr.trim();
  });
  console.stdout.on('data', (chunk: Uint8Array) => watch.console(chunk, now()));
  try {
    for (let round = 1; ; round += 1) {
      await delay(judgeMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      if (round % looksApart === 0 || said !== undefined) await reportEnd(name, watch, now);
      const second = now();
      const end = watch.end(second);
      if (end !== undefined) return { end, second };
      if (said !== undefined) throw new ToolError(`xl console shows nothing of the test domain: ${said}`);
    }
  } finally {
    console.kill('SIGKILL');
    await closed;
  }
}

async function reportEnd(name: string, watch: BootWatch, now: () => number): Promise<void> {
  const state = await domainState(name);
  if (state.kind === 'alive') return;
  await delay(lastWordsMs);
  watch.report({ kind: 'ended', reason: state.kind === 'ended' ? endReason(state.code) : 'unknown' }, now());
}
