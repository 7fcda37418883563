/**
 * `scripts/bench [--runs N] [--slow-runs N] [--only ID]…`: measures this program beside other ones doing the same, each on
 * a copy of the same image, in turns. Prints a table, writes `bench.json` below the cache, and fails when a goal is missed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import yargs from 'yargs';
import { rememberedKvm } from '../../src/state/host-memory.js';
import type { Contest } from './contest.js';
import { contestsIn } from './contests.js';
import { measure, median } from './measure.js';
import { type Judged, judge, peakGoalMiB, rowsOf } from './result.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { runs, slowRuns, only } = yargs(process.argv.slice(2))
  .option('runs', { type: 'number', default: 5 })
  .option('slow-runs', { type: 'number', default: 3 })
  .option('only', { type: 'string', array: true, default: [] as string[] })
  .strict()
  .parseSync();

/** In turns, so that what else the machine does meanwhile falls on all alike. */
async function run(contest: Contest): Promise<Judged> {
  const count = contest.pace === 'slow' ? slowRuns : runs;
  const samples = contest.contenders.map(() => [] as { seconds: number; peakMiB?: number }[]);
  for (let turn = 0; turn < count; turn += 1)
    for (const [index, { prepare, command, environment = {} }] of contest.contenders.entries()) {
      await prepare();
      const sample = await measure(command, environment);
      samples[index]?.push(sample);
      say(`  ${contest.id}, ${contest.contenders[index]?.name}: ${sample.seconds.toFixed(2)} s`);
    }
  const peaks = samples.flat().flatMap(({ peakMiB }) => peakMiB ?? []);
  const contenders = contest.contenders.map(({ name }, index) => {
    const seconds = samples[index]?.map((sample) => sample.seconds) ?? [];
    return { name, seconds, median: median(seconds) };
  });
  return judge(contest, {
    runs: count,
    contenders,
    ...(peaks.length > 0 && { peakMiB: Math.max(...peaks) }),
  });
}

const cache = process.env.CONVERT_IMAGE_CACHE ?? '/var/cache/convert-image';
const folder = await mkdtemp('/var/tmp/convert-image-bench-');
try {
  // What every conversion remembers, and libguestfs would find out by hanging: /dev/kvm may be there and not work.
  const { works } = await rememberedKvm(join(folder, 'state'));
  if (!works) process.env.LIBGUESTFS_BACKEND_SETTINGS = 'force_tcg';
  process.env.LIBGUESTFS_BACKEND = 'direct';
  const contests = contestsIn(folder).filter(({ id }) => only.length === 0 || only.includes(id));
  const judged: Judged[] = [];
  for (const contest of contests) judged.push(await run(contest));
  const { stdout: commit } = await execa`git rev-parse --short HEAD`;
  const [processor] = cpus();
  const machine = `${cpus().length} cores (${processor?.model}), ${works ? 'KVM' : 'software emulation'}`;
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(
    join(cache, 'bench.json'),
    `${JSON.stringify({ date, commit, machine, contests: judged }, undefined, 2)}\n`,
  );
  say(`\n${date}, commit ${commit}, ${machine}; medians of ${runs} runs, of ${slowRuns} of the slow ones\n`);
  for (const row of judged.flatMap(rowsOf)) say(row);
  const peak = Math.max(...judged.map(({ peakMiB = 0 }) => peakMiB));
  const isSmall = peak <= peakGoalMiB;
  say(
    `peak memory of a Node process: ${Math.round(peak)} MiB; at most ${peakGoalMiB}: ${isSmall ? 'reached' : 'MISSED'}`,
  );
  const areReached = judged.every(({ goals }) => goals.every(({ isReached }) => isReached));
  process.exitCode = areReached && isSmall ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
