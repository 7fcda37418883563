import { readFile } from 'node:fs/promises';

/** Process id, start time and boot: the same id is given to another process sooner or later (proc_pid_stat(5)). */
export async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'gone';
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).slice(0, 8);
  return `${pid}.${startTime}.${boot}`;
}

/** Whether the process that had this identity still runs. */
export async function isAlive(identity: string): Promise<boolean> {
  const [pid] = identity.split('.');
  return (await identityOf(Number(pid))) === identity;
}
