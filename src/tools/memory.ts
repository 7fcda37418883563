import { readdir, readFile } from 'node:fs/promises';

/** Memory that programs could get without anything else being swapped out (MemAvailable in proc_meminfo(5)), in bytes. */
export async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Bytes a page: 4 KiB on every machine that Xen's PV guests run on. */
const pageBytes = 4096;

/** Resident memory of processes and of all that they have started, in bytes (fields 4 and 24 of proc_pid_stat(5)). */
export async function memoryOfTrees(roots: readonly number[]): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  const children = new Map<number, { pid: number; bytes: number }[]>();
  const found = stats.filter((stat) => stat !== '').map(processIn);
  for (const one of found) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  const todo = found.filter(({ pid }) => roots.includes(pid)).map(({ pid, bytes }) => ({ pid, bytes }));
  let sum = 0;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    sum += next.bytes;
    todo.push(...(children.get(next.pid) ?? []));
  }
  return sum;
}

/** A program's name stands in brackets and may hold any character. */
function processIn(stat: string): { pid: number; parent: number; bytes: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(stat, 10), parent: Number(fields[1]), bytes: Number(fields[21]) * pageBytes };
}
