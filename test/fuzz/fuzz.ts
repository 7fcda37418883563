/**
 * Gives every parser generated and mutated inputs: `fuzz.js [COUNT|SECONDSs] [SEED]`, see scripts/fuzz. Each parser runs
 * in a process of its own with little memory, which is ended when it hangs. Exit code 1 when a rule was broken.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inputOf, longInputs } from './input.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets/list.js';

const [amount = '120000', seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const seed = Number(seedText);
const folder = process.env.FUZZ_FOLDER ?? '/var/tmp/convert-image-fuzz';
const only = process.env.FUZZ_ONLY ?? '';
const progress = `${folder}/progress-${process.pid}`;
/** Below any number of a long input. */
const firstNumber = -1000;
const heapMegabytes = 256;
const silentMs = 20_000;

interface Failure {
  readonly index: number;
  readonly kind: string;
  readonly message: string;
  readonly path: string;
  readonly bytes: number;
}

interface Score {
  count: number;
  slowest: number;
  megabytes: number;
  readonly failures: Failure[];
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs a parser over the numbers up to `to`; goes on behind an input that it died of. */
async function fuzz(target: FuzzTarget, to: number): Promise<Score> {
  const score: Score = { count: 0, slowest: 0, megabytes: 0, failures: [] };
  for (let from = firstNumber; from < to && score.failures.length < 3; ) {
    const died = await runChild(target, from, to, score);
    if (died === undefined) break;
    score.failures.push(crashAt(target, died));
    from = died + 1;
  }
  return score;
}

/** The number of the input that the process died of; undefined when it came to its end. */
async function runChild(
  target: FuzzTarget,
  from: number,
  to: number,
  score: Score,
): Promise<number | undefined> {
  writeFileSync(progress, String(from));
  const options = {
    nodeOptions: [`--max-old-space-size=${heapMegabytes}`],
    reject: false,
    lines: true,
  } as const;
  const args = [target.name, seed, from, to, progress, folder].map(String);
  const child = execa(
    process.execPath,
    [...options.nodeOptions, fileURLToPath(new URL('child.js', import.meta.url)), ...args],
    options,
  );
  const watch = setInterval(() => {
    if (Date.now() - statSync(progress).mtimeMs > silentMs) child.kill('SIGKILL');
  }, 1000);
  const { stdout, exitCode, stderr } = await child;
  clearInterval(watch);
  for (const line of stdout) take(score, JSON.parse(line));
  if (exitCode === 0) return undefined;
  writeFileSync(`${folder}/stderr`, stderr.join('\n'));
  return Number(readFileSync(progress, 'utf8'));
}

function take(score: Score, line: Failure | { count: number; slowest: number; megabytes: number }): void {
  if ('index' in line) {
    score.failures.push(line);
    return;
  }
  score.count += line.count;
  score.slowest = Math.max(score.slowest, line.slowest);
  score.megabytes = Math.max(score.megabytes, line.megabytes);
}

function crashAt(target: FuzzTarget, index: number): Failure {
  const seeds = target.seeds();
  const input = index < 0 ? longInputs(target, seeds)[-1 - index] : inputOf(target, seeds, seed, index);
  const path = `${folder}/${target.name.replaceAll(/[^\w.-]+/g, '-')}-${seed}-${index}`;
  writeFileSync(path, input ?? '');
  const message = `the process ended, or gave no answer for ${silentMs / 1000} s (see ${folder}/stderr)`;
  return { index, kind: 'crash', message, path, bytes: input?.length ?? 0 };
}

function report(target: FuzzTarget, { count, slowest, megabytes, failures }: Score): void {
  const columns = [String(count).padStart(8), slowest.toFixed(0).padStart(9), String(megabytes).padStart(6)];
  say(`${target.name.padEnd(30)} ${columns.join(' ')} ${String(failures.length).padStart(9)}`);
  for (const { index, kind, message, path, bytes } of failures)
    say(`    seed ${seed}, input ${index}: ${kind}: ${message}\n    ${bytes} bytes in ${path}`);
}

mkdirSync(folder, { recursive: true });
const chosen = targets.filter(({ name }) => name.includes(only));
const seconds = /^(\d+)s$/.exec(amount)?.[1];
const started = Date.now();
const end = seconds === undefined ? Number.POSITIVE_INFINITY : started + Number(seconds) * 1000;
say(`seed ${seed}`);
say(
  `${'parser'.padEnd(30)} ${'inputs'.padStart(8)} ${'slowest ms'.padStart(9)} ${'MB'.padStart(5)} ${'failures'.padStart(9)}`,
);
let inputs = 0;
let failed = 0;
for (const [index, target] of chosen.entries()) {
  const share = seconds === undefined ? Math.ceil(Number(amount) / chosen.length) : 1_000_000;
  void end;
  const score = await fuzz(target, share);
  report(target, score);
  inputs += score.count;
  failed += score.failures.length;
  void index;
}
say(`${inputs} inputs in ${Math.round((Date.now() - started) / 1000)} s, ${failed} failures, seed ${seed}`);
process.exitCode = failed === 0 ? 0 : 1;
