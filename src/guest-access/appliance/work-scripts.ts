import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '../../errors.js';
import type { Guestfish } from '../../tools/guestfish.js';

/** Looking costs the appliance some tenth of a second: the longer nothing new is said, the less often. */
const pollMs = { first: 1_000, longest: 6_000 } as const;
/**
 * Building an initramfs says nothing for 300 to 480 s under software emulation, and for an hour on a busy host; but it
 * starts some ten processes for each module. Compressing it, a matter of a minute, does not.
 */
const idleLimitMs = 30 * 60_000;
/** A look starts a dozen processes itself. */
const processesOfOneLook = 40;
/** However much a script says, it must end some time. */
const totalLimitMs = 6 * 60 * 60_000;
const linesPerPoll = 500;

/** The appliance's own disk for work is the second one; a disk's place on the bus is fixed, its name isn't. */
const startCommand =
  'mkdir -p /work && mount "$(ls -d /dev/disk/by-path/*-scsi-0:0:1:0)" /work && { setsid sh /work/start >/dev/null 2>&1 </dev/null & } && echo started';

/**
 * Starts the work disk's scripts in the background and waits for their end, as long as they get on. Returns the exit
 * code; `onLine` hears every line that they say.
 */
export async function runWorkScripts(
  guestfish: Guestfish,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<number> {
  const [answer] = await guestfish.call('debug', 'sh', startCommand);
  if (answer !== 'started')
    throw new ToolError(`the appliance can't start the installation: ${answer ?? ''}`);
  const isStuck = progressWatch();
  let pause: number = pollMs.first;
  for (let count = 0; ; ) {
    await delay(pause, undefined, { signal });
    const said = await guestfish.call('debug', 'sh', `sh /work/poll ${count + 1} ${linesPerPoll}`);
    const [lines, [processes], [status]] = [marked(said, '='), marked(said, '#'), marked(said, '!')];
    for (const line of lines) onLine(line);
    count += lines.length;
    if (status !== undefined && lines.length < linesPerPoll) return Number(status);
    if (isStuck(lines.length, Number(processes ?? 0)))
      throw new ToolError('the installation in the guest makes no progress any more');
    pause = lines.length > 0 ? pollMs.first : Math.min(pause * 1.5, pollMs.longest);
  }
}

const marked = (lines: readonly string[], mark: string): string[] =>
  lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));

/** Says after each look whether it is time to give up: neither a new line nor a new process for too long. */
function progressWatch(): (newLines: number, processes: number) => boolean {
  const started = performance.now();
  let moved = started;
  let before = 0;
  return (newLines, processes) => {
    const now = performance.now();
    if (newLines > 0 || processes - before > processesOfOneLook) moved = now;
    before = processes;
    return now - moved > idleLimitMs || now - started > totalLimitMs;
  };
}
