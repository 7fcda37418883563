import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The processes that belong to a run of the program: those whose environment or arguments name its folder. Whatever
 * the program starts inherits the variable that names the state directory.
 */
export async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
    const [environment, command] = await Promise.all([read('environ'), read('cmdline')]);
    if (!`${environment}${command}`.includes(folder)) continue;
    found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}

/** Looks again and again until a condition holds, for as long as given. Gives the last look. */
export async function lookUntil<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  limitMs: number,
): Promise<T> {
  for (const end = performance.now() + limitMs; ; ) {
    const seen = await look();
    if (holds(seen) || performance.now() > end) return seen;
    await delay(50);
  }
}
