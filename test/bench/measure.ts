import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Sample {
  readonly seconds: number;
  /** The most memory that one of the command's Node processes has had, in MiB; only where it is one. */
  readonly peakMiB?: number;
}

/** Every Node process that starts leaves its peak memory in a file of its own there, in KiB (getrusage(2), ru_maxrss). */
const peakHook = `process.on("exit",()=>require("fs").writeFileSync(process.env.BENCH_PEAKS+"/"+process.pid,String(process.resourceUsage().maxRSS)))`;

/** Runs a command and measures it; throws when it fails. Nothing else is counted: no copying before, no cleaning after. */
export async function measure(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Sample> {
  const peaks = await mkdtemp(join(tmpdir(), 'bench-peaks-'));
  const hook = `data:text/javascript,${encodeURIComponent(`import{createRequire}from"node:module";const require=createRequire("file:///");${peakHook}`)}`;
  const env = { ...environment, BENCH_PEAKS: peaks, NODE_OPTIONS: `--import=${hook}` };
  const [program = '', ...args] = command;
  try {
    const { durationMs } = await execa(program, args, {
      env,
      stdin: 'ignore',
      all: true,
      maxBuffer: 100_000_000,
    });
    const files = await readdir(peaks);
    const found = await Promise.all(files.map((name) => readFile(join(peaks, name), 'utf8')));
    const peakMiB = Math.max(...found.map(Number)) / 1024;
    return { seconds: durationMs / 1000, ...(found.length > 0 && { peakMiB }) };
  } finally {
    await rm(peaks, { recursive: true });
  }
}

/** The middle one, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
